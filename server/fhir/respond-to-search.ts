import { compartmentsOf } from './access.ts'
import { bundleText } from './bundle.ts'
import { badRequest, notSupported } from './fhir-error.ts'
import type { Interaction } from './interaction.ts'
import { openPage, sealPage } from './page-link.ts'
import { SEARCH_PARAMETERS } from './parameters.ts'
import { LONGEST_QUERY, parseQuery } from './parse-query.ts'
import type { Query } from './query.ts'
import { readBody } from './read-body.ts'
import type { FhirReply } from './reply.ts'
import type { AnswerDeps, FhirRequest, Permission, Trail } from './request.ts'
import type { Position } from './source.ts'

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
  const { query, after, self } = asked(type, parameters, base, isStrict(request.prefer), (page) =>
    openPage(pageKey, page, { type, ...holder }),
  )
  const page = await source.search(query, reach, after)
  trail.patients = compartmentsOf(reach) ?? [...new Set([...namedPatients(query), ...page.patients])]
  const next = page.next && sealPage(pageKey, { type, query: query.text, after: page.next }, holder)
  const body = bundleText(base, type, page, {
    self: link(base, type, self),
    ...(next && { next: link(base, type, `_page=${next}`) }),
  })
  return { status: 200, headers: {}, body }
}

interface Asked {
  readonly query: Query
  readonly after?: Position
  /** The query string of the self link: what was used, and nothing else. */
  readonly self: string
}

/** A new search, or the next page of one, whose link says all there is to say. */
const asked = (
  type: string,
  parameters: URLSearchParams,
  base: string,
  strict: boolean,
  open: (page: string) => { query: string; after: Position },
): Asked => {
  const page = parameters.get('_page')
  if (page === null) {
    const query = parseQuery(type, parameters, { base, strict })
    return { query, self: query.text }
  }
  if ([...parameters.keys()].filter((name) => name !== '_format').length > 1)
    throw badRequest('A page link is followed as it is, without further parameters.')
  const link = open(page)
  const query = parseQuery(type, new URLSearchParams(link.query), { base, strict: true })
  return { query, after: link.after, self: `_page=${page}` }
}

/** RFC 7240, as R4 search 3.1.1.1.1 uses it. */
const isStrict = (prefer: string | undefined): boolean =>
  prefer?.split(/[,;]/).some((preference) => /^\s*handling\s*=\s*"?strict"?\s*$/i.test(preference)) ?? false

/** Patients whom a search asks about, whether or not anything was found. */
const namedPatients = ({ filters }: Query): string[] =>
  filters.flatMap((filter) =>
    filter.kind === 'reference' && filter.param !== 'agent'
      ? filter.any.flatMap(({ types, id }) => (types.includes('Patient') ? [id] : []))
      : [],
  )

const link = (base: string, type: string, query: string): string =>
  query === '' ? `${base}/${type}` : `${base}/${type}?${query}`
