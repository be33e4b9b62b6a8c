import { compartmentsOf, reachOf } from './access.ts'
import { bundleText } from './bundle.ts'
import { withElements } from './elements.ts'
import { badRequest, noteText, notSupported } from './fhir-error.ts'
import type { Interaction } from './interaction.ts'
import { isLenient } from './negotiate.ts'
import { openPage, type PageLink, sealPage } from './page-link.ts'
import { SEARCH_PARAMETERS } from './parameters.ts'
import { LONGEST_QUERY, parseQuery } from './parse-query.ts'
import type { Query } from './query.ts'
import { readBody } from './read-body.ts'
import type { FhirReply } from './reply.ts'
import type { AnswerDeps, FhirRequest, Permission, Trail } from './request.ts'
import { MOST_INCLUDED, type Page } from './source.ts'

/**
 * A page of a search. What stands in the address and in a posted form holds together (R4 search, 3.1.1.1).
 *
 * @throws FhirError
 */
export const respondToSearch = async (
  request: FhirRequest,
  { type, by }: Interaction & { kind: 'search' },
  parameters: URLSearchParams,
  { authorization, reach }: Permission,
  { source, base, pageKey, clock }: AnswerDeps,
  trail: Trail,
): Promise<FhirReply> => {
  if (!SEARCH_PARAMETERS[type]) throw notSupported(`${type} is read by id; it cannot be searched yet.`)
  if (by === 'POST') {
    trail.form = await readBody(request, ['application/x-www-form-urlencoded'])
    for (const [name, value] of new URLSearchParams(trail.form)) parameters.append(name, value)
    if (parameters.has('access_token'))
      throw badRequest('A token is taken from the Authorization header only.')
  }
  if (request.search.length + (trail.form?.length ?? 0) > LONGEST_QUERY)
    throw badRequest(`A search is ${LONGEST_QUERY} characters long at most.`)

  const holder = { authorization, now: clock() }
  const {
    query,
    link: followed,
    self,
  } = asked(type, parameters, base, request.prefer, (page) => openPage(pageKey, page, { type, ...holder }))
  const page = await source.search(query, reach, followed?.after, reachOf(authorization, 's'))
  const named = compartmentsOf(reach) ? [] : namedPatients(query)
  trail.patients = [...new Set([...named, ...page.patients])]
  const { total = followed?.total } = page
  const counted = total !== undefined && { total }
  const next =
    page.next && sealPage(pageKey, { type, query: query.text, after: page.next, ...counted }, holder)
  const links = {
    self: link(base, type, self),
    ...(next && { next: link(base, type, `_page=${next}`) }),
  }
  const body = bundleText(base, { ...arranged(page, query), ...counted }, links, cutNotes(page))
  return { status: 200, headers: {}, body }
}

/** Parsed only where a part of each match is asked for. */
const arranged = ({ resources, ...page }: Page, { elements }: Query): Page => ({
  ...page,
  resources: elements
    ? resources.map((resource) => ({ ...resource, json: withElements(resource.json, elements) }))
    : resources,
})

/** What the page leaves out. */
export const cutNotes = ({ cut }: Page): string[] =>
  cut
    ? [
        noteText(
          'too-costly',
          `More than ${MOST_INCLUDED} resources come along with this page; the others are left out. A smaller _count shows them.`,
        ),
      ]
    : []

interface Asked {
  readonly query: Query
  /** Where it goes on with an earlier search. */
  readonly link?: PageLink
  /** The query string of the self link: what was used, and nothing else. */
  readonly self: string
}

/** A new search, or the next page of one, whose link says all there is to say. */
const asked = (
  type: string,
  parameters: URLSearchParams,
  base: string,
  prefer: string | undefined,
  open: (page: string) => PageLink,
): Asked => {
  const page = parameters.get('_page')
  if (page === null) {
    const query = parseQuery(type, parameters, { base, strict: !isLenient(prefer) })
    return { query, self: query.text }
  }
  if ([...parameters.keys()].filter((name) => name !== '_format').length > 1)
    throw badRequest('A page link is followed as it is, without further parameters.')
  const link = open(page)
  const query = parseQuery(type, new URLSearchParams(link.query), { base, strict: true })
  return { query, link, self: `_page=${page}` }
}

/** Patients whom a search asks about, whether or not anything was found. */
const namedPatients = ({ filters }: Query): string[] =>
  filters.flatMap((filter) =>
    filter.kind === 'reference' && filter.param !== 'agent'
      ? filter.any.flatMap(({ types, id }) => (types.includes('Patient') ? [id] : []))
      : [],
  )

const link = (base: string, type: string, query: string): string =>
  query === '' ? `${base}/${type}` : `${base}/${type}?${query}`
