import { badRequest, nobodyText, noteText, shorten } from '../../fhir-error.ts'
import { LONGEST_QUERY, parseQuery } from '../../query/parse-query.ts'
import type { Query, UsedParameter } from '../../query/query.ts'
import { reachOf } from '../access/decide-access.ts'
import { type Doubt, MOST_INCLUDED, type Page } from '../access/source.ts'
import { withElements } from '../search/elements.ts'
import { askedBy, bringUpToDate } from './bring-up-to-date.ts'
import { bundleBody } from './bundle.ts'
import { type Exchange, type Permission, requireNoToken } from './exchange.ts'
import type { Interaction } from './interaction.ts'
import { isLenient } from './negotiate.ts'
import { openPage, type PageLink, requireAlone, sealPage } from './page-link.ts'
import type { FhirReply } from './reply.ts'

/**
 * Answers a search with one page. Parameters of the address and of a posted form apply together (R4 search, 3.1.1.1).
 *
 * @param form what was posted, or nothing.
 * @throws FhirError when the search is refused.
 */
export const respondToSearch = async (
  exchange: Exchange,
  { type }: Interaction & { kind: 'search' },
  { authorization, reach, source }: Permission,
  form: string,
): Promise<FhirReply> => {
  const { request, parameters } = exchange
  const { base, pageKey, clock } = exchange.answering
  requireShort(request.search, form)
  for (const [name, value] of new URLSearchParams(form)) parameters.append(name, value)
  requireNoToken(parameters)

  const holder = { authorization, now: clock() }
  const open = (page: string) => openPage(pageKey(), page, { type, ...holder })
  const { query, earlier, self } = parseSearch(type, parameters, base, request.prefer, open)
  exchange.query = earlier ? { type, usedParameters: [...query.usedParameters, PAGE] } : query
  await bringUpToDate(exchange, { ...askedBy(query), reach })
  const disclosure = await source.search(query, reach, earlier?.after, reachOf(authorization, 's'))
  const page = disclosure.openFor(exchange)
  const { total = earlier?.total } = page
  const totalMember = total !== undefined && { total }
  const next =
    page.next && sealPage(pageKey(), { type, query: query.text, after: page.next, ...totalMember }, holder)
  const links = {
    self: link(base, type, self),
    ...(next && { next: link(base, type, `_page=${next}`) }),
  }
  const { elements } = query
  // Matches are parsed only if a part of each is requested.
  const arrange = elements && ((json: string) => withElements(json, elements))
  const notes = [...notesOf(exchange, page), ...withoutValueNotes(query)]
  const body = bundleBody(source, base, { ...page, ...totalMember }, links, notes, arrange)
  return { status: 200, headers: {}, body }
}

const requireShort = (search: string, form: string): void => {
  if (search.length + form.length > LONGEST_QUERY)
    throw badRequest(`A search is ${LONGEST_QUERY} characters long at most.`)
}

/** Logged for a later page instead of its link, which holds the whole search. */
export const PAGE: UsedParameter = { name: '_page', value: '' }

/** Returns notes about what is missing on the page: included resources, parts that could not be fetched, and people who are unknown. */
export const notesOf = ({ missing }: Exchange, page: Page): string[] => [
  ...cutNotes(page),
  ...unreadNotes(page),
  ...[...(page.doubts ?? [])].map((doubt) => noteText('incomplete', DOUBTS[doubt])),
  ...(page.nobody ? [nobodyText(page.nobody)] : []),
  ...missing.map((sentence) => noteText('incomplete', sentence)),
]

/** Returns a note if parameters had no value: an application that meant to limit the search must see that it did not. */
const withoutValueNotes = ({ withoutValue = [] }: Query): string[] =>
  withoutValue.length > 0
    ? [
        noteText(
          'informational',
          `Without a value, a parameter does not limit the search: ${withoutValue.map(shorten).join(', ')}.`,
        ),
      ]
    : []

/** Returns a note if included resources were left out. */
const cutNotes = ({ cut }: Page): string[] =>
  cut
    ? [
        noteText(
          'too-costly',
          `A page includes at most ${MOST_INCLUDED} resources; the others are left out. Search for them separately to see all.`,
        ),
      ]
    : []

/** Returns a note if a record has parts that are not read here, because it would look as if they did not exist. */
const unreadNotes = ({ unread = [] }: Page): string[] =>
  unread.length > 0
    ? [noteText('incomplete', `Not read here, although the record may hold them: ${unread.join(', ')}.`)]
    : []

const DOUBTS: Record<Doubt, string> = {
  incomplete: 'The server that keeps the record may have left something out. More may exist than is shown.',
  unsorted:
    'The server that keeps the record did not sort it as asked. What belongs before this may be on a later page.',
}

interface ParsedSearch {
  readonly query: Query
  /** The link, if this continues an earlier search. */
  readonly earlier?: PageLink
  /** The query string of the self link: only the parameters that were used. */
  readonly self: string
}

/** Parses a new search, or continues one from its link, which holds the whole search. */
const parseSearch = (
  type: string,
  parameters: URLSearchParams,
  base: string,
  prefer: string | undefined,
  open: (page: string) => PageLink,
): ParsedSearch => {
  const page = parameters.get('_page')
  if (page === null) {
    const query = parseQuery(type, parameters, { base, strict: !isLenient(prefer) })
    return { query, self: query.text }
  }
  requireAlone(parameters)
  const earlier = open(page)
  const query = parseQuery(type, new URLSearchParams(earlier.query), { base, strict: true })
  return { query, earlier, self: `_page=${page}` }
}

const link = (base: string, type: string, query: string): string =>
  query === '' ? `${base}/${type}` : `${base}/${type}?${query}`
