import { isObject } from '../../query/json-path.ts'
import { WrongAnswer } from './cut-json.ts'

/**
 * The longest link. It is sealed into our own link to the next page, which must still fit into an address. Some servers repeat
 * the whole search in it.
 */
const LONGEST = 4_000

/** Plain segments only, because a server may decode `%2f` and `%2e` into another path. */
const PLAIN_PATH = /^(?:\/[\w.$-]{1,64}){0,6}\/?$/

/**
 * Returns where a Bundle's next page is, relative to the base, or `undefined` on the last page.
 *
 * @param links the Bundle's `link`.
 * @throws WrongAnswer when the link leads anywhere else, such as to the private name of a server behind a proxy, or is too long.
 */
export const nextLink = (links: unknown, base: string): string | undefined => {
  const next = (Array.isArray(links) ? links : []).find((link) => isObject(link) && link.relation === 'next')
  if (next === undefined) return undefined
  if (typeof next.url !== 'string' || next.url.length > LONGEST)
    throw new WrongAnswer('its link to the next page is too long')
  return requireBelow(base, URL.parse(next.url, `${base}/`))
}

/** Checks a link from `nextLink` again before it is followed. @throws WrongAnswer as `nextLink`. */
export const requireLink = (next: string, base: string): string =>
  requireBelow(base, URL.parse(`${base}${next}`))

/** Returns the path of the base itself, without a trailing slash. */
export const pathOf = (base: string): string => new URL(base).pathname.replace(/\/$/, '')

const requireBelow = (base: string, url: URL | null): string => {
  const path = pathOf(base)
  const isBelow =
    url !== null &&
    url.origin === new URL(base).origin &&
    `${url.username}${url.password}` === '' &&
    url.pathname.startsWith(path) &&
    PLAIN_PATH.test(url.pathname.slice(path.length))
  if (!isBelow) throw new WrongAnswer('its link to the next page does not lead below the base')
  const below = `${url.pathname.slice(path.length)}${url.search}`
  if (below.length > LONGEST) throw new WrongAnswer('its link to the next page is too long')
  return below
}
