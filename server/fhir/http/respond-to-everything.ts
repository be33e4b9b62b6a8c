import { badRequest, noteText, notFound, notSupported, shorten } from '../../fhir-error.ts'
import { COMPARTMENT } from '../../query/compartment.ts'
import { dateInterval } from '../../query/date-interval.ts'
import { LARGEST_COUNT, parseCount } from '../../query/parse-controls.ts'
import { requireOnly } from '../../query/parse-query.ts'
import { type ReachOf, reachOf as reachBy } from '../access/decide-access.ts'
import type { EverythingQuery } from '../access/source.ts'
import { bringUpToDate } from './bring-up-to-date.ts'
import { bundleBody } from './bundle.ts'
import type { Exchange, Permission } from './exchange.ts'
import type { Interaction } from './interaction.ts'
import { isLenient } from './negotiate.ts'
import { openPage, requireAlone, sealPage } from './page-link.ts'
import type { FhirReply } from './reply.ts'
import { notesOf, PAGE } from './respond-to-search.ts'

/**
 * Answers `Patient/[id]/$everything` (R4 Patient operations): the patient's compartment, in the types that the holder may search,
 * and the shared resources that it names. A caller who may not read the patient learns nothing.
 *
 * @throws FhirError when the request is refused; 404 when the patient is out of reach.
 */
export const respondToEverything = async (
  exchange: Exchange,
  { id: patient }: Interaction & { kind: 'everything' },
  { authorization, reach, source }: Permission,
): Promise<FhirReply> => {
  const { request, parameters } = exchange
  const { base, pageKey, clock } = exchange.answering
  if (!(await source.read('Patient', patient, reach)).openFor(exchange)) throw notFound()
  const address = `Patient/${patient}/$everything`
  const holder = { authorization, now: clock() }
  const pageText = parameters.get('_page')
  if (pageText !== null) requireAlone(parameters)
  const link = pageText === null ? undefined : openPage(pageKey(), pageText, { type: address, ...holder })
  const searchParameters = new URLSearchParams(link?.query ?? knownParameters(parameters, request.prefer))
  const query: EverythingQuery = { patient, ...parseParameters(searchParameters) }
  const used = [...searchParameters].map(([name, value]) => ({ name, value }))
  exchange.query = { type: 'Patient', usedParameters: link ? [...used, PAGE] : used }

  const searchReachOf = reachBy(authorization, 's')
  const reachOf: ReachOf = (type) => (type === 'Patient' ? reach : searchReachOf(type))
  await bringUpToDate(exchange, { type: 'Patient', reach, named: [patient], hasReadings: () => true })
  const page = (await source.everything(query, reachOf, link?.after)).openFor(exchange)
  const next =
    page.next &&
    sealPage(pageKey(), { type: address, query: searchParameters.toString(), after: page.next }, holder)
  const links = {
    self: `${base}/${address}${selfQuery(pageText, searchParameters)}`,
    ...(next && { next: `${base}/${address}?_page=${next}` }),
  }
  const missing = query.types.filter((type) => reachOf(type) === undefined)
  return {
    status: 200,
    headers: {},
    body: bundleBody(source, base, page, links, [...missingNotes(missing), ...notesOf(exchange, page)]),
  }
}

const PARAMETERS = ['_type', '_since', '_count']

/** Returns the known parameters. @throws FhirError 400 for one that is repeated or not supported. */
const knownParameters = (parameters: URLSearchParams, prefer: string | undefined): URLSearchParams => {
  // A period of care limits the answer, so it must not be ignored.
  const strict = !isLenient(prefer) || parameters.has('start') || parameters.has('end')
  requireOnly(PARAMETERS, parameters, { strict })
  const knownParameters = new URLSearchParams()
  for (const [name, value] of parameters) {
    if (knownParameters.has(name)) throw badRequest(`${name} is given twice.`)
    if (PARAMETERS.includes(name) && value !== '') knownParameters.append(name, value)
  }
  return knownParameters
}

const parseParameters = (parameters: URLSearchParams): Omit<EverythingQuery, 'patient'> => {
  const count = parameters.get('_count')
  const since = parameters.get('_since')
  const types = parameters.get('_type')
  return {
    types: types === null ? Object.keys(COMPARTMENT) : [...new Set(types.split(',').map(requireType))],
    count: count === null ? LARGEST_COUNT : Math.max(1, parseCount(count)),
    ...(since !== null && { since: requireInstant(since) }),
  }
}

const requireType = (type: string): string => {
  if (Object.hasOwn(COMPARTMENT, type)) return type
  throw notSupported(`_type names ${shorten(type)}, which is not kept here.`)
}

const requireInstant = (text: string): number => {
  const interval = dateInterval(text)
  if (!interval) throw badRequest('_since is not a FHIR instant such as 2024-05-01T10:00:00Z.')
  return interval.low
}

const selfQuery = (link: string | null, parameters: URLSearchParams): string => {
  if (link !== null) return `?_page=${link}`
  return parameters.size === 0 ? '' : `?${parameters}`
}

const missingNotes = (types: readonly string[]): string[] =>
  types.length === 0
    ? []
    : [noteText('suppressed', `Left out, for the granted scopes do not cover them: ${types.join(', ')}.`)]
