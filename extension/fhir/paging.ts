import type { Problem } from '../messages/errors.ts'
import { ProblemError, toProblem } from '../messages/errors.ts'
import { createTurns } from '../net/turns.ts'
import { linkWithin } from '../net/within-base.ts'
import type { Access, Client, Page } from './client.ts'
import { entriesOf, objects, totalOf } from './resource.ts'

/** A list that goes on beyond them is cut, and says so. */
export const mostPages = 50

/** Servers write where they are into it, in hundreds of characters; it goes along with every question for a next page. */
const longestLink = 8192

/** Where the next page is, if there is one that may be fetched; else why the list ends early. */
export interface Next {
  next?: string
  warning?: Problem
}

/**
 * Reads a page's `next` link. The address comes from the answer, and a token would follow it, so it has to lie in the FHIR
 * base (`net/within-base`). A page that is its own next ends the list.
 */
export const nextOf = ({ bundle, address }: Page, fhirBase: string): Next => {
  const link = objects(bundle.link).find(({ relation }) => relation === 'next')
  if (typeof link?.url !== 'string') return {}
  if (link.url.length > longestLink) return { warning: toProblem(new ProblemError('list-incomplete')) }
  const url = linkWithin(fhirBase, link.url, address)
  if (!url)
    return {
      warning: toProblem(
        new ProblemError('foreign-link', { host: URL.parse(link.url, address)?.host ?? '' }),
      ),
    }
  return url.href === address ? {} : { next: url.href }
}

/**
 * A list that names more than it gave, and leads nowhere, is not whole. `given`: entries of the pages before.
 * Undefined where it is whole, or says nothing.
 */
export const shortOf = ({ bundle }: Page, { next, warning }: Next, given: number): Problem | undefined => {
  if (next !== undefined || warning) return undefined
  const total = totalOf(bundle)
  return total !== undefined && total > given + entriesOf(bundle).length
    ? toProblem(new ProblemError('list-incomplete'))
    : undefined
}

/**
 * A list page by page, until `enough`, the last page, 50 pages, a page seen before, or as much as the asking may take. Of a
 * page no more is looked at than is still wanted, and between two items others have their turn. A warning says why it is not
 * whole.
 *
 * @param options.items of a page; undefined for what is looked at and left out.
 */
export const collect = async <T>(
  client: Client,
  first: Page,
  options: { access: Access; enough: number; items(page: Page): Iterable<T | undefined> },
): Promise<{ items: T[]; cut: boolean; warning?: Problem }> => {
  const { fhirBase, signal } = options.access
  const giveWay = createTurns(signal)
  const items: T[] = []
  const seen = new Set<string>()
  let page = first
  let following: Next
  let given = 0
  for (;;) {
    seen.add(page.address)
    for (const item of options.items(page)) {
      await giveWay()
      if (item !== undefined) items.push(item)
      if (items.length > options.enough) break
    }
    following = nextOf(page, fhirBase)
    const short = shortOf(page, following, given)
    if (short) following = { warning: short }
    if (!following.next || items.length >= options.enough) break
    if (seen.size >= mostPages || seen.has(following.next)) break
    given += entriesOf(page.bundle).length
    const next = await client.follow(following.next).catch(tooMuch)
    if ('warning' in next) {
      following = next
      break
    }
    page = next
  }
  const cut = items.length > options.enough || following.next !== undefined || following.warning !== undefined
  return {
    items: items.slice(0, options.enough),
    cut,
    ...(following.warning && { warning: following.warning }),
  }
}

/** What came before it is none the less true. */
const tooMuch = (error: unknown): { warning: Problem } => {
  if (error instanceof ProblemError && (error.code === 'too-large' || error.code === 'too-many-values'))
    return { warning: toProblem(error) }
  throw error
}
