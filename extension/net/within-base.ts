/**
 * Checks whether an address lies at or under `base`: same origin, no user name, exactly the base's path, and below it only
 * segments that every server reads alike. Some proxies and servers decode an escape (`..%2f`, `%2e%2e`), drop a path parameter
 * (`..;`) or merge an empty segment: the request would then leave the base, with a token.
 */
export const isWithin = (base: string, url: URL): boolean => {
  const { origin, pathname } = new URL(base)
  const folder = pathname.replace(/\/$/, '')
  if (url.origin !== origin || url.username || url.password) return false
  return (
    url.pathname === folder || (url.pathname.startsWith(`${folder}/`) && isPlainPath(url.pathname, folder))
  )
}

/** A segment of the characters in IDs, operations (`$everything`) and page tokens. It must not begin with a dot. */
const segment = /^[\w~$=,:@+!-][\w~$=,:@+!.-]*$/

const isPlainPath = (pathname: string, folder: string): boolean => {
  const segments = pathname.slice(folder.length + 1).split('/')
  // A trailing slash makes no difference.
  if (segments.at(-1) === '') segments.pop()
  return segments.every((each) => segment.test(each))
}

/**
 * Resolves a link from an answer, without its fragment. Undefined when it leads out of `base`, or contains dot segments or
 * backslashes, because URL parsing resolves those before they can be checked.
 */
export const linkWithin = (base: string, link: string, address: string): URL | undefined => {
  const [path = ''] = link.split(/[?#]/, 1)
  const url = /[\\\s\p{C}]|(^|\/)(\.|%2e){1,2}(\/|$)/iu.test(path) ? null : URL.parse(link, address)
  if (!url || !isWithin(base, url)) return undefined
  url.hash = ''
  return url
}
