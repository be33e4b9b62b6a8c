import { readableName } from '../../../values/readable-name.ts'
import { COMPARTMENT, patientsOf } from '../../query/compartment.ts'
import { contentsOf } from '../../query/contents.ts'
import { dateInterval, EARLIEST } from '../../query/date-interval.ts'
import { fold, type IndexedValues, indexedValues, LONGEST_VALUE } from '../../query/indexed-values.ts'
import { isObject, type Json, stringsAt, valuesAt } from '../../query/json-path.ts'
import { SEARCH_PARAMETERS } from '../../query/parameters.ts'
import { ID } from '../../query/reference.ts'
import type { Db, ResourceTable } from '../../store/schema.ts'
import { compileRows } from '../../store/statements/compile-rows.ts'
import { isPostgres } from '../../store/statements/latest-time.ts'
import { type IndexRows, indexRows } from './index-rows.ts'
import { dropIndexes, type IndexedResource, putIndexes } from './put-indexes.ts'
import { findWrongCode } from './required-codes.ts'
import { NumberTooLarge, resourceText } from './resource-text.ts'

type RefusalCode =
  | 'not-a-resource'
  | 'unsupported-type'
  | 'missing-id'
  | 'invalid-id'
  | 'invalid-date'
  | 'wrong-code'
  | 'foreign-contents'
  | 'too-deep'
  | 'number-too-large'

/** A resource that the store does not accept; the message gives the reason, in words for the person who imports. */
export class ResourceRefused extends Error {
  readonly code: RefusalCode
  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * The result of storing a resource; `unchanged` if nothing was written, because it is stored already, or because it comes from a source
 * (`ResourceTable.origin`) and its id is that of a resource from elsewhere.
 */
export type PutResult = 'created' | 'replaced' | 'unchanged'

/** A resource ready to be stored: plain data, because an import prepares it on a thread of its own. */
export interface PreparedResource {
  /** Its row as version 1. */
  readonly row: StoredRow
  readonly index: IndexRows
}

type StoredRow = Omit<ResourceTable, 'key'>

/**
 * Checks a resource and makes its rows, before anything is written.
 *
 * @param text the source, if there is one: decimals keep the digits they were written with (`1.10`).
 * @throws ResourceRefused when the store does not accept it.
 */
export const prepare = (resource: unknown, now: number, text?: string): PreparedResource => {
  const { type, id, content } = requireResource(resource)
  const values = indexedValues(type, content)
  return {
    row: {
      type,
      id,
      version: 1,
      last_updated: now,
      ...sortValues(type, content, values),
      origin: null,
      json: printResource(content, { version: 1, lastUpdated: now }, text),
    },
    index: indexRows(type, id, content, values),
  }
}

const insertResources = compileRows<StoredRow, { key: number; type: string; id: string }>((db, rows) =>
  db
    .insertInto('resource')
    .values([...rows])
    .onConflict((conflict) => conflict.columns(['type', 'id']).doNothing())
    .returning(['key', 'type', 'id']),
)

/** Returns the values that a resource is sorted by. */
export const sortValues = (
  type: string,
  content: Json,
  { dates }: Pick<IndexedValues, 'dates'>,
): Pick<StoredRow, 'sort_date' | 'sort_name'> => ({
  sort_date: sortDate(dates.filter(({ param }) => SORTED_DATES.includes(param))),
  sort_name: sortName(type, content),
})

/** The parameters whose dates sort a resource. */
export const SORTED_DATES: readonly string[] = ['date', 'birthdate']

/** Returns the earliest start of these dates; a value before all others if there is none. */
export const sortDate = (dates: IndexedValues['dates']): number => {
  const starts = dates.map(({ interval }) => interval.low)
  return starts.reduce((first, start) => Math.min(first, start), starts[0] ?? EARLIEST)
}

/** Returns a patient's first name, by family and then given names; `null` for another type. */
export const sortName = (type: string, { name: names }: Json): string | null => {
  if (type !== 'Patient') return null
  const first = Array.isArray(names) ? names.find(isObject) : undefined
  if (!first) return ''
  const parts = [...stringsAt(first, 'family'), ...stringsAt(first, 'given')]
  const text = parts.length > 0 ? parts.join(' ') : (stringsAt(first, 'text')[0] ?? '')
  return fold(text.slice(0, LONGEST_VALUE).replaceAll('\0', '')).slice(0, LONGEST_VALUE)
}

/**
 * Stores resources of different type or id.
 *
 * @throws ResourceRefused at the first that the store does not accept, before anything is written.
 */
export const putResources = (
  trx: Db,
  sources: readonly { resource: unknown; text?: string }[],
  now: number,
): Promise<PutResult[]> =>
  putPrepared(
    trx,
    sources.map(({ resource, text }) => prepare(resource, now, text)),
  )

/**
 * Stores resources of different type or id, each replacing the one of the same type and id, unless that has the same content and origin.
 *
 * @param indexesLater as `putIndexes` takes it.
 * @returns the result for each, in their order.
 */
export const putPrepared = async (
  trx: Db,
  resources: readonly PreparedResource[],
  indexesLater = false,
): Promise<PutResult[]> => {
  const createdKeys = new Map<string, number>()
  const heldKeys = new Map<string, number>()
  let rows: readonly StoredRow[] = resources.map(({ row }) => row)
  // Once, unless somebody deletes a resource after it was found to be stored.
  while (rows.length > 0) {
    for (const created of await insertResources(trx, rows)) createdKeys.set(nameOf(created), created.key)
    rows = rows.filter((row) => !createdKeys.has(nameOf(row)))
    for (const held of await holdStored(trx, rows)) heldKeys.set(nameOf(held), held.key)
    rows = rows.filter((row) => !heldKeys.has(nameOf(row)))
  }
  const puts: PutResult[] = []
  const storedResources: IndexedResource[] = []
  for (const { row, index } of resources) {
    const heldKey = heldKeys.get(nameOf(row))
    const key = heldKey === undefined ? createdKeys.get(nameOf(row)) : await replace(trx, heldKey, row)
    if (key === undefined) puts.push('unchanged')
    else {
      puts.push(heldKey === undefined ? 'created' : 'replaced')
      storedResources.push({ type: row.type, index, key })
    }
  }
  await putIndexes(trx, storedResources, indexesLater)
  return puts
}

/** Checks the type and the id of a resource. @throws ResourceRefused */
export const requireName = (resource: unknown): { type: string; id: string; content: Json } => {
  if (!isObject(resource) || typeof resource.resourceType !== 'string')
    throw new ResourceRefused('not-a-resource', 'It is not a FHIR resource: it has no resourceType.')
  const { resourceType: type, id } = resource
  if (!Object.hasOwn(COMPARTMENT, type))
    throw new ResourceRefused(
      'unsupported-type',
      `The store does not hold resources of the type ${readableName(type, 60)}.`,
    )
  if (id === undefined) throw new ResourceRefused('missing-id', 'It has no id.')
  if (typeof id !== 'string' || !ID.test(id))
    throw new ResourceRefused('invalid-id', 'Its id is not 1 to 64 letters, digits, "-" and ".".')
  return { type, id, content: resource }
}

const requireResource = (resource: unknown): ReturnType<typeof requireName> => {
  const { type, id, content } = requireName(resource)
  requireDates(type, content)
  requireCodes(type, content)
  requireOwnContents(type, id, content)
  return { type, id, content }
}

/** Refuses a resource that contains one of another patient, because whoever may read it reads all of it. */
const requireOwnContents = (type: string, id: string, resource: Json): void => {
  const { foreign } = contentsOf(type, resource, patientsOf(type, id, resource))
  if (foreign !== undefined) throw new ResourceRefused('foreign-contents', `It contains ${foreign}.`)
}

/** Refuses a date in a form of its own, because another program would read it as another day or not at all. */
const requireDates = (type: string, resource: Json): void => {
  for (const { kind, paths = [] } of Object.values(SEARCH_PARAMETERS[type] ?? {}))
    for (const path of kind === 'date' ? paths : [])
      for (const value of valuesAt(resource, path))
        for (const date of isObject(value) ? [value.start, value.end] : [value])
          if (date !== undefined && (typeof date !== 'string' || !dateInterval(date)))
            throw new ResourceRefused(
              'invalid-date',
              `Its ${path} is not a FHIR date, such as 1980-01-15, or a day that does not exist.`,
            )
}

/** Refuses a code that R4 does not allow, because a page would show it as it is, or leave the entry out. */
const requireCodes = (type: string, resource: Json): void => {
  const wrong = findWrongCode(type, resource)
  if (!wrong) return
  const { element, value, allowed } = wrong
  // Printed, because not every object can be converted.
  const shown = typeof value === 'string' ? value : JSON.stringify(value)
  throw new ResourceRefused(
    'wrong-code',
    `Its ${element} is "${readableName(shown, 60)}", which FHIR does not allow. It must be one of: ${allowed.join(', ')}.`,
  )
}

const printResource = (...source: Parameters<typeof resourceText>): string => {
  try {
    return resourceText(...source)
  } catch (cause) {
    if (cause instanceof NumberTooLarge)
      throw new ResourceRefused('number-too-large', 'It holds a number that is too large to be read.', {
        cause,
      })
    if (cause instanceof RangeError)
      throw new ResourceRefused('too-deep', 'It is nested too deeply to be read.', { cause })
    throw cause
  }
}

const nameOf = ({ type, id }: Pick<StoredRow, 'type' | 'id'>): string => `${type}/${id}`

/**
 * Holds those of the resources that are stored until the transaction ends, so that each version is made of the one before it. By their
 * keys, because two imports that hold the same ones in different orders would block each other.
 */
const holdStored = async (trx: Db, rows: readonly StoredRow[]) =>
  rows.length === 0
    ? []
    : trx
        .selectFrom('resource')
        .select(['key', 'type', 'id'])
        .where(({ and, eb, or }) => {
          const byType = [...Map.groupBy(rows, ({ type }) => type)]
          return or(
            byType.map(([type, ofType]) =>
              and([
                eb('type', '=', type),
                eb(
                  'id',
                  'in',
                  ofType.map(({ id }) => id),
                ),
              ]),
            ),
          )
        })
        .orderBy('key')
        .$if(isPostgres(trx), (query) => query.forUpdate())
        .execute()

/**
 * Replaces a resource that `holdStored` holds by its next version and deletes its index rows.
 *
 * @returns undefined if nothing was written.
 */
const replace = async (trx: Db, key: number, row: StoredRow): Promise<number | undefined> => {
  const stored = await trx
    .selectFrom('resource')
    .select(['version', 'last_updated', 'origin', 'json'])
    .where('key', '=', key)
    .executeTakeFirstOrThrow()
  const { version: storedVersion, last_updated: lastUpdated, origin } = stored
  // A source replaces only what came from it; an import replaces everything.
  if (row.origin !== null && row.origin !== origin) return undefined
  const content = JSON.parse(row.json)
  const text = printResource(content, { version: storedVersion, lastUpdated }, row.json)
  if (text === stored.json && row.origin === origin) return undefined
  const version = storedVersion + 1
  const json = printResource(content, { version, lastUpdated: row.last_updated }, row.json)
  await trx
    .updateTable('resource')
    .set({ ...row, version, json })
    .where('key', '=', key)
    .execute()
  await dropIndexes(trx, [key])
  return key
}
