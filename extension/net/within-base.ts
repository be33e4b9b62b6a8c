/**
 * Whether an address lies at or under `base`: same origin, the base's path letter by letter, and beneath it only segments
 * that every server reads alike. An escape (`..%2f`, `%2e%2e`), a path parameter (`..;`) or an empty segment is decoded,
 * dropped or joined by some proxies and servers, and would then lead out of the base with a token. No user name.
 */
export const isWithin = (base: string, url: URL): boolean => {
  const { origin, pathname } = new URL(base)
  const folder = pathname.replace(/\/$/, '')
  if (url.origin !== origin || url.username || url.password) return false
  return url.pathname === folder || (url.pathname.startsWith(`${folder}/`) && isPlain(url.pathname, folder))
}

/** What ids, operations (`$everything`) and the page tokens of servers are made of. A segment that begins with a dot is none. */
const segment = /^[\w~$=,:@+!-][\w~$=,:@+!.-]*$/

const isPlain = (pathname: string, folder: string): boolean => {
  const segments = pathname.slice(folder.length + 1).split('/')
  // A slash at the end names the same.
  if (segments.at(-1) === '') segments.pop()
  return segments.every((each) => segment.test(each))
}

/**
 * The address that an answer names within `base`, without its fragment; undefined when it names another place, or writes the
 * way there in dots or backslashes, which browsers resolve before anybody can look.
 */
export const linkWithin = (base: string, link: string, address: string): URL | undefined => {
  const [path = ''] = link.split(/[?#]/, 1)
  const url = /[\\\s\p{C}]|(^|\/)(\.|%2e){1,2}(\/|$)/iu.test(path) ? null : URL.parse(link, address)
  if (!url || !isWithin(base, url)) return undefined
  url.hash = ''
  return url
}
