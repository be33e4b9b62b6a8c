import { type RawBuilder, sql } from 'kysely'
import { compileByShape } from '../store/compile-by-shape.ts'
import type { Db } from '../store/schema.ts'
import { type LateText, type PageEntry, textSize } from './source.ts'

/** Bytes of text that one statement brings along at most; what is larger is brought when it is sent. */
const HELD = 500_000
/** Bytes that are brought at one time. */
const BROUGHT = 64 * 1024

interface StoredText {
  readonly key: number
  readonly version: number
  readonly size: number
  readonly json: string | null
}

/** Bytes of a text that comes along with so many rows. */
export const largestText = (rows: number): number => Math.floor(HELD / rows)

/** Columns of `resource`: its text where it is no larger, what the text is brought by, and of how many it is. */
export const textColumns = (largest: number) =>
  [
    OWNERS,
    sql.ref<number>('resource.version').as('version'),
    sql<number>`octet_length(resource.json)`.as('size'),
    smallText(largest).as('json'),
  ] as const

/** In how many patients' compartments a resource is. */
export const OWNERS = sql<number>`(select count(*) from compartment as own where own.key = resource.key)`.as(
  'owners',
)

/** The size is read from the row itself; a text that is not asked for is not read. */
const smallText = (largest: number): RawBuilder<string | null> =>
  sql`case when octet_length(resource.json) <= ${largest} then resource.json end`

export const withText = <Row extends StoredText>({ json, size, ...row }: Row) => ({
  ...row,
  json: json ?? { key: row.key, version: row.version, size },
})

/**
 * The texts of entries in their order, a few at a time. One whose resource is no longer the version that was decided on
 * is `undefined`: whose it is now, nobody has asked.
 */
export async function* bringTexts<Entry extends PageEntry>(
  db: Db,
  entries: readonly Entry[],
): AsyncGenerator<readonly [Entry, string | undefined]> {
  for (let start = 0; start < entries.length; ) {
    let size = 0
    let end = start
    for (; end < entries.length && (size === 0 || size < BROUGHT); end++) size += textSize(entries[end])
    const group = entries.slice(start, end)
    const texts = await readTexts(
      db,
      group.flatMap(({ json }) => (typeof json === 'string' ? [] : [json])),
    )
    for (const entry of group) {
      const { json } = entry
      yield [entry, typeof json === 'string' ? json : texts.get(json.key)]
    }
    start = end
  }
}

const textRows = compileByShape(new Set(['keys']), (db, { keys }: { keys: readonly number[] }) =>
  db.selectFrom('resource').select(['key', 'version', 'json']).where('key', 'in', keys),
)

const readTexts = async (db: Db, late: readonly LateText[]): Promise<ReadonlyMap<number, string>> => {
  if (late.length === 0) return new Map()
  const versions = new Map(late.map(({ key, version }) => [key, version]))
  const rows = await textRows(db, { keys: [...versions.keys()] })
  return new Map(
    rows.flatMap(({ key, version, json }) => (versions.get(key) === version ? [[key, json]] : [])),
  )
}
