import { parseAddress, requireUrl } from '../../../values/parse-address.ts'
import { dateInterval } from '../../query/date-interval.ts'
import { isObject, type Json } from '../../query/json-path.ts'
import { ID, referenceBelow } from '../../query/reference.ts'
import { createPauses } from '../../turns.ts'
import {
  BYTES_OF_VALUE,
  cutBundle,
  type JsonPiece,
  MOST_OF_ONE,
  WrongAnswer,
  wholePiece,
} from './cut-json.ts'
import { type Bases, type LoggedAddress, nextLink, otherBase } from './next-link.ts'
import { printJson } from './print-json.ts'
import { saysIncomplete } from './remark.ts'
import type { ReadingTerms, UpstreamPage, UpstreamResource } from './upstream.ts'

/**
 * Parses the answer to a read by id.
 *
 * @param bases the base of the FHIR server upstream, and its other names; also in the functions below.
 * @throws WrongAnswer when it is not this resource, or not strict JSON, because the access decision must be about exactly what is
 * sent.
 */
export const readResource = async (
  text: string,
  bases: Bases,
  type: string,
  id: string,
): Promise<UpstreamResource> => {
  const resource = toResource(await parserFor(bases)(wholePiece(text, MOST_OF_ONE)))
  if (resource.type !== type || resource.id !== id)
    throw new WrongAnswer('it is another resource than was asked for')
  return resource
}

/**
 * The most rows of a page that are read. A server that was asked for 200 may send more, and each costs time and memory to decide
 * on.
 */
const MOST_ENTRIES = 5_000

interface ReadPage extends UpstreamPage {
  /** As `otherBase` returns it. */
  readonly other?: LoggedAddress | undefined
}

/**
 * Reads a page of a search. Others have turns meanwhile, because only what one row costs has a limit that is short enough.
 *
 * @param type the type that was searched, for a first page.
 * @param asked the link that led to this page, for a later one.
 * @param receive counts what the parsed values take beside the text, which was counted as it came.
 * @throws WrongAnswer as `readResource`, and for a row of a type that was not requested, unless it is marked as included.
 */
export const readPage = async (
  text: string,
  bases: Bases,
  { type, asked, receive }: { type?: string; asked?: string } & Pick<ReadingTerms, 'receive'>,
): Promise<ReadPage> => {
  const parseStrictly = parserFor(bases)
  const { rest, resources: pieces, values } = cutBundle(text)
  receive?.(values * BYTES_OF_VALUE)
  if (pieces.length > MOST_ENTRIES) throw new WrongAnswer('it has too many entries')
  const { value: bundle } = await parseStrictly(rest)
  if (bundle.resourceType !== 'Bundle' || bundle.type !== 'searchset')
    throw new WrongAnswer('it is not a page of a search')
  const resources: UpstreamResource[] = []
  let position = 0
  let hasRemark = false
  let isIncomplete = false
  for (const entry of listOf(bundle.entry)) {
    if (!isObject(entry)) throw new WrongAnswer('an entry is not an object')
    const piece = pieces[position]
    // Each entry holds the number of the piece that was cut out of it, in order, so a resource in any other place cannot pass for
    // one.
    if (entry.resource !== position || piece === undefined)
      throw new WrongAnswer('an entry has no plain resource')
    position++
    const parsed = await parseStrictly(piece)
    if (parsed.value.resourceType === 'OperationOutcome') {
      hasRemark = true
      isIncomplete ||= saysIncomplete(parsed.value)
      continue
    }
    const resource = toResource(parsed)
    const isIncluded = isObject(entry.search) && entry.search.mode === 'include'
    if (type !== undefined && resource.type !== type && !isIncluded)
      throw new WrongAnswer('a row is of another type than was asked for')
    resources.push(isIncluded ? { ...resource, included: true } : resource)
  }
  const next = nextLink(bundle.link, bases)
  if (next !== undefined && next === asked) throw new WrongAnswer('its next page is itself')
  const other = otherBase(bundle.link, bases)
  const total = statedTotal(bundle.total)
  return {
    resources,
    ...(hasRemark && { hasRemark }),
    ...(isIncomplete && { isIncomplete }),
    ...(total !== undefined && { total }),
    ...(next !== undefined && { next }),
    other,
  }
}

const statedTotal = (total: unknown): number | undefined => {
  if (total === undefined) return undefined
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0)
    throw new WrongAnswer('its total is not a number')
  return total
}

/** Where FHIR's times end. */
const YEAR_10000 = Date.UTC(10_000, 0)

const TYPE = /^[A-Z][A-Za-z]{1,63}$/

const toResource = ({ value: resource, json }: Parsed): UpstreamResource => {
  const { resourceType: type, id, meta } = resource
  if (typeof type !== 'string' || !TYPE.test(type)) throw new WrongAnswer('a resource has no type')
  if (typeof id !== 'string' || !ID.test(id)) throw new WrongAnswer('a resource has no valid id')
  const { versionId, lastUpdated } = isObject(meta) ? meta : {}
  const { low: time = 0 } = (typeof lastUpdated === 'string' && dateInterval(lastUpdated)) || {}
  return {
    type,
    id,
    ...(typeof versionId === 'string' && ID.test(versionId) && { version: versionId }),
    lastUpdated: time > 0 && time < YEAR_10000 ? time : 0,
    resource,
    json,
  }
}

interface Parsed {
  readonly value: Json
  /** The text that was parsed: compact, numbers as written, references below the base made relative. */
  readonly json: string
}

/**
 * Returns a function that makes addresses below the base relative, so that they lead to this server and count for the compartment, and
 * then parses exactly the text that is sent. It takes a turn for each step that may take long.
 *
 * @throws WrongAnswer when it is not an object, a member occurs twice, or a number is beyond a double.
 */
const parserFor = (bases: Bases): ((piece: JsonPiece) => Promise<Parsed>) => {
  const toRelative = relativeTo(bases)
  const pause = createPauses()
  return async ({ text, members }) => {
    await pause()
    const written = parse(text)
    await pause()
    const json = printJson(text, toRelative)
    await pause()
    const value = json === text ? written : parse(json)
    if (!isObject(value)) throw new WrongAnswer('it is not an object')
    // Parsers differ in which of two equal members they use, and the decision must be about what the application reads.
    if (membersIn(value) !== members) throw new WrongAnswer('a member is there twice')
    return { value, json }
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new WrongAnswer('it is not JSON')
  }
}

/** Counts the members of all objects. @throws WrongAnswer when a number is beyond a double. */
const membersIn = (node: unknown): number => {
  if (typeof node === 'number' && !Number.isFinite(node)) throw new WrongAnswer('a number is too large')
  if (typeof node !== 'object' || node === null) return 0
  let members = 0
  if (Array.isArray(node)) for (const item of node) members += membersIn(item)
  else for (const name in node) members += 1 + membersIn((node as Json)[name])
  return members
}

/** Returns a function that makes an address below one of the bases relative, and leaves others. */
const relativeTo = (bases: Bases): ((address: string) => string | undefined) => {
  const roots = bases.map((base) => requireUrl(base))
  return (address) => {
    const url = address.includes('://') ? parseAddress(address) : null
    const root = url && roots.find((each) => referenceBelow(each, url))
    return url && root ? url.pathname.slice(root.pathname.replace(/\/$/, '').length + 1) : undefined
  }
}

const listOf = (value: unknown): readonly unknown[] => {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw new WrongAnswer('its entries are not a list')
  return value
}
