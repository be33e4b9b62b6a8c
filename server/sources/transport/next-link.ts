import { parseAddress, requireUrl } from '../../../values/parse-address.ts'
import { isObject, type Json } from '../../query/json-path.ts'
import { WrongAnswer } from './cut-json.ts'

/**
 * The longest link. It is sealed into our own link to the next page, which must still fit into an address. Some servers repeat
 * the whole search in it.
 */
const LONGEST = 4_000

/** Plain segments only, because a server may decode `%2f` and `%2e` into another path. */
const PLAIN_PATH = /^(?:\/[\w.$-]{1,64}){0,6}\/?$/

/** The base of the FHIR server upstream, and then other names that it gives itself. */
export type Bases = readonly [base: string, ...aliases: string[]]

/**
 * Returns where a Bundle's next page is, relative to the base, or `undefined` on the last page.
 *
 * @param links the Bundle's `link`.
 * @throws WrongAnswer when the link leads anywhere else, such as to the private name of a server behind a proxy, is too long, or may be among
 * what is no link.
 */
export const nextLink = (links: unknown, bases: Bases): string | undefined => {
  const next = linkOf(links, 'next')
  if (next === undefined) return undefined
  if (typeof next.url !== 'string' || next.url.length > LONGEST)
    throw new WrongAnswer('its link to the next page is too long')
  return requireBelow(bases, parseLink(bases, next.url))
}

/** Checks a link from `nextLink` again before it is followed. @throws WrongAnswer as `nextLink`. */
export const requireLink = (next: string, base: string): string =>
  requireBelow([base], parseAddress(`${base}${next}`, { longest: base.length + LONGEST }))

/** Returns the path of the base itself, without a trailing slash. */
export const pathOf = (base: string): string => requireUrl(base).pathname.replace(/\/$/, '')

/** @throws WrongAnswer when they are of another type, because a next page might be missed. */
const linkOf = (links: unknown, relation: string): Json | undefined => {
  if (links === undefined) return undefined
  if (!Array.isArray(links) || !links.every(isLink))
    throw new WrongAnswer('its links are not a list of links')
  return links.find((link) => link.relation === relation)
}

const isLink = (link: unknown): link is Json => isObject(link) && typeof link.relation === 'string'

/** An address for the operator's log, without its path and query, which may name a patient. */
export interface LoggedAddress {
  readonly origin: string
  /** In characters. */
  readonly pathLength: number
}

/** The longest name of a host, with scheme and port. */
const LONGEST_ORIGIN = 300

/** Returns the address that a server gives itself in a page, if that is none of these. */
export const otherBase = (links: unknown, bases: Bases): LoggedAddress | undefined => {
  const { url } = linkOf(links, 'self') ?? {}
  const self = typeof url === 'string' ? parseLink(bases, url, url.length) : null
  if (self === null || bases.some((base) => isBelow(base, self))) return undefined
  const { origin, pathname } = self
  const path = pathname.replace(/\/Patient(?:\/_search)?$/, '')
  return { origin: origin.slice(0, LONGEST_ORIGIN), pathLength: path.length }
}

/** A link may be relative. */
const parseLink = ([base]: Bases, link: string, longest = LONGEST): URL | null =>
  parseAddress(link, { base: `${base}/`, longest })

const isBelow = (base: string, url: URL): boolean => {
  const path = pathOf(base)
  return (
    url.origin === requireUrl(base).origin &&
    `${url.username}${url.password}` === '' &&
    url.pathname.startsWith(path) &&
    PLAIN_PATH.test(url.pathname.slice(path.length))
  )
}

const requireBelow = (bases: Bases, url: URL | null): string => {
  const base = url === null ? undefined : bases.find((each) => isBelow(each, url))
  if (url === null || base === undefined)
    throw new WrongAnswer('its link to the next page does not lead below the base')
  const below = `${url.pathname.slice(pathOf(base).length)}${url.search}`
  if (below.length > LONGEST) throw new WrongAnswer('its link to the next page is too long')
  return below
}
