import { parseAddress } from '../../values/parse-address.ts'
import type { Problem } from '../messages/errors.ts'
import { ProblemError, toProblem } from '../messages/errors.ts'
import { linkWithin } from '../net/address.ts'
import { createTurns } from '../net/long-work.ts'
import type { Client, Page, RecordAccess } from './client.ts'
import { entriesOf, objects, totalOf } from './resource.ts'

/** The most pages of a list; a longer one is cut, and marked as cut. */
const mostPages = 50

/**
 * The longest link, in characters. Servers write their position into it, usually in hundreds of characters, and every request for
 * a next page carries it.
 */
const longestLink = 8192

/** The address of the next page if it may be fetched, or else why the list ends early. */
export interface Next {
  next?: string
  warning?: Problem
}

/**
 * Reads a page's `next` link. The answer chooses the address and the token is sent to it, so it must lie in the FHIR base
 * (`net/address`). A page that links to itself ends the list.
 */
export const nextOf = ({ bundle, address }: Page, fhirBase: string): Next => {
  const link = objects(bundle.link).find(({ relation }) => relation === 'next')
  if (typeof link?.url !== 'string') return {}
  if (link.url.length > longestLink) return { warning: toProblem(new ProblemError('list-incomplete')) }
  const url = linkWithin(fhirBase, link.url, address)
  if (!url)
    return {
      warning: toProblem(
        new ProblemError('foreign-link', {
          host: parseAddress(link.url, { base: address, longest: longestLink })?.host ?? '',
        }),
      ),
    }
  return url.href === address ? {} : { next: url.href }
}

/**
 * Returns a warning if a list ends with fewer entries than its total; undefined if it is complete, or states no total.
 * `earlierEntries`: the number of entries on the earlier pages.
 */
export const incompleteWarning = (
  { bundle }: Page,
  { next, warning }: Next,
  earlierEntries: number,
): Problem | undefined => {
  if (next !== undefined || warning) return undefined
  const total = totalOf(bundle)
  return total !== undefined && total > earlierEntries + entriesOf(bundle).length
    ? toProblem(new ProblemError('list-incomplete'))
    : undefined
}

/** What a conversion returns for a resource that says something but cannot be shown. */
export const UNREADABLE = Symbol('unreadable')

/**
 * Reads a list page by page until it has `limit` items, or comes to the last page, 50 pages, a page seen before, or the limits of
 * the asking. Reads only as many items of a page as are still needed, and lets other work run between two items. The warning
 * states why the list is incomplete. `unreadable` counts the items that cannot be shown; they count towards the limit.
 *
 * @param options.items yields the items of a page; undefined for one that says nothing, or that the record itself withdrew.
 */
export const collect = async <T>(
  client: Client,
  first: Page,
  options: {
    access: RecordAccess
    limit: number
    items(page: Page): Iterable<T | typeof UNREADABLE | undefined>
  },
): Promise<{ items: T[]; unreadable: number; cut: boolean; warning?: Problem }> => {
  const { fhirBase, signal } = options.access
  const giveWay = createTurns(signal)
  const items: T[] = []
  let unreadable = 0
  const addressesRead = new Set<string>()
  let page = first
  let following: Next
  let earlierEntries = 0
  for (;;) {
    addressesRead.add(page.address)
    for (const item of options.items(page)) {
      await giveWay()
      if (item === UNREADABLE) unreadable++
      else if (item !== undefined) items.push(item)
      if (items.length + unreadable > options.limit) break
    }
    following = nextOf(page, fhirBase)
    const incomplete = incompleteWarning(page, following, earlierEntries)
    if (incomplete) following = { warning: incomplete }
    if (!following.next || items.length + unreadable >= options.limit) break
    if (addressesRead.size >= mostPages || addressesRead.has(following.next)) break
    earlierEntries += entriesOf(page.bundle).length
    const next = await client.follow(following.next).catch(limitWarning)
    if ('warning' in next) {
      following = next
      break
    }
    page = next
  }
  const isCut =
    items.length + unreadable > options.limit ||
    following.next !== undefined ||
    following.warning !== undefined
  return {
    items: items.slice(0, options.limit),
    unreadable,
    cut: isCut,
    ...(following.warning && { warning: following.warning }),
  }
}

/** Turns an exceeded limit into a warning, because the pages before it are still valid. */
const limitWarning = (error: unknown): { warning: Problem } => {
  if (error instanceof ProblemError && (error.code === 'too-large' || error.code === 'too-many-values'))
    return { warning: toProblem(error) }
  throw error
}
