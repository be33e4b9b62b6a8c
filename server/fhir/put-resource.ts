import type { Db, ResourceTable } from '../store/schema.ts'
import { COMPARTMENT, patientsOf } from './compartment.ts'
import { EARLIEST } from './date-interval.ts'
import { fold } from './fold.ts'
import { indexedValues } from './indexed-values.ts'
import { isObject, type Json } from './json-path.ts'
import { ID } from './reference.ts'
import { resourceText } from './resource-text.ts'

export type RefusalCode = 'not-a-resource' | 'unsupported-type' | 'missing-id' | 'invalid-id' | 'too-deep'

/** The store does not hold this; the message says why, in words for the person who imports. */
export class ResourceRefused extends Error {
  readonly code: RefusalCode
  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Values one statement takes: SQLite's limit is 32,766. */
const VALUES = 30_000

type Put = 'created' | 'replaced'

/**
 * Stores a resource, replacing the one of the same type and id, with everything search and access rest on. One
 * statement for a new resource, and one more for each kind of value it is found by.
 *
 * @param text the source, where there is one: decimals keep the digits they were written with (`1.10`).
 * @throws ResourceRefused
 */
export const putResource = async (trx: Db, resource: unknown, now: number, text?: string): Promise<Put> => {
  const [put = 'created'] = await putResources(trx, [{ resource, ...(text !== undefined && { text }) }], now)
  return put
}

/**
 * As `putResource`, for many of different type or id: about as many statements as for one.
 *
 * @returns what was done with each.
 * @throws ResourceRefused at the first that is not taken.
 */
export const putResources = async (
  trx: Db,
  sources: readonly { resource: unknown; text?: string }[],
  now: number,
): Promise<Put[]> => {
  const parsed = sources.map(({ resource, text }) => parse(resource, now, text))
  const created = new Map<string, number>()
  await insertRows(
    parsed.map(({ row }) => row(1)),
    async (rows) => {
      const fresh = await trx
        .insertInto('resource')
        .values(rows)
        .onConflict((conflict) => conflict.columns(['type', 'id']).doNothing())
        .returning(['key', 'type', 'id'])
        .execute()
      for (const { key, type, id } of fresh) created.set(`${type}/${id}`, key)
    },
  )
  const puts: Put[] = []
  const stored: (Parsed & { key: number })[] = []
  for (const it of parsed) {
    const known = created.get(`${it.type}/${it.id}`)
    puts.push(known === undefined ? 'replaced' : 'created')
    stored.push({ ...it, key: known ?? (await replace(trx, it)) })
  }
  await putIndexes(trx, stored)
  return puts
}

interface Parsed {
  readonly type: string
  readonly id: string
  readonly content: Json
  readonly values: ReturnType<typeof indexedValues>
  readonly row: (version: number) => Omit<ResourceTable, 'key'>
}

const parse = (resource: unknown, now: number, text: string | undefined): Parsed => {
  const { type, id, content } = requireResource(resource)
  const values = indexedValues(type, content)
  const date = values.dates.find(({ param }) => param === 'date')
  const row = (version: number) => ({
    type,
    id,
    version,
    last_updated: now,
    sort_date: date?.interval.low ?? EARLIEST,
    json: printed(content, { version, lastUpdated: now }, text),
  })
  return { type, id, content, values, row }
}

/** Everything that search and access find the resources by. */
const putIndexes = async (trx: Db, stored: readonly (Parsed & { key: number })[]): Promise<void> => {
  await insertRows(
    stored.flatMap(({ key, type, id, content }) =>
      patientsOf(type, id, content).map((patient) => ({ patient, type, key })),
    ),
    (rows) => trx.insertInto('compartment').values(rows).execute(),
  )
  await insertRows(
    stored.flatMap(({ key, type, values }) =>
      values.strings.map(({ param, text: exact }) => ({ key, type, param, folded: fold(exact), exact })),
    ),
    (rows) =>
      trx
        .insertInto('index_string')
        .values(rows)
        .onConflict((c) => c.doNothing())
        .execute(),
  )
  await insertRows(
    stored.flatMap(({ key, type, values }) =>
      values.tokens.map(({ param, system, code }) => ({ key, type, param, system, code })),
    ),
    (rows) =>
      trx
        .insertInto('index_token')
        .values(rows)
        .onConflict((c) => c.doNothing())
        .execute(),
  )
  await insertRows(
    stored.flatMap(({ key, type, values }) =>
      values.dates.map(({ param, interval }) => ({
        key,
        type,
        param,
        low: interval.low,
        high: interval.high,
      })),
    ),
    (rows) => trx.insertInto('index_date').values(rows).execute(),
  )
  await insertRows(
    stored.flatMap(({ key, type, values }) =>
      values.references.map(({ param, target }) => ({
        ...{ key, type, param },
        target_type: target.type,
        target_id: target.id,
      })),
    ),
    (rows) =>
      trx
        .insertInto('index_reference')
        .values(rows)
        .onConflict((c) => c.doNothing())
        .execute(),
  )
}

const requireResource = (resource: unknown): { type: string; id: string; content: Json } => {
  if (!isObject(resource) || typeof resource.resourceType !== 'string')
    throw new ResourceRefused('not-a-resource', 'It is not a FHIR resource: it has no resourceType.')
  const { resourceType: type, id } = resource
  if (!Object.hasOwn(COMPARTMENT, type))
    throw new ResourceRefused('unsupported-type', `The store does not hold resources of the type ${type}.`)
  if (id === undefined) throw new ResourceRefused('missing-id', 'It has no id.')
  if (typeof id !== 'string' || !ID.test(id))
    throw new ResourceRefused('invalid-id', 'Its id is not 1 to 64 letters, digits, "-" and ".".')
  return { type, id, content: resource }
}

const printed = (...source: Parameters<typeof resourceText>): string => {
  try {
    return resourceText(...source)
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new ResourceRefused('too-deep', 'It is nested too deeply to be read.', { cause })
    throw cause
  }
}

/** Makes the stored resource the next version and forgets what the last one was found by. */
const replace = async (trx: Db, { type, id, row }: Parsed): Promise<number> => {
  const { key, version } = await trx
    .selectFrom('resource')
    .select(['key', 'version'])
    .where('type', '=', type)
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  await trx
    .updateTable('resource')
    .set(row(version + 1))
    .where('key', '=', key)
    .execute()
  for (const table of [
    'compartment',
    'index_string',
    'index_token',
    'index_date',
    'index_reference',
  ] as const)
    await trx.deleteFrom(table).where('key', '=', key).execute()
  return key
}

const insertRows = async <Row extends object>(
  rows: Row[],
  insert: (rows: Row[]) => Promise<unknown>,
): Promise<void> => {
  const most = Math.floor(VALUES / Object.keys(rows[0] ?? {}).length)
  for (let start = 0; start < rows.length; start += most) await insert(rows.slice(start, start + most))
}
