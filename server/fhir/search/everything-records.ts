import { sql } from 'kysely'
import { COMPARTMENT, SHARED } from '../../query/compartment.ts'
import type { Db } from '../../store/schema.ts'
import { compileByShape } from '../../store/statements/compile-by-shape.ts'
import type { Reach, ReachOf } from '../access/decide-access.ts'
import { Disclosure } from '../access/disclosure.ts'
import { type EverythingQuery, MOST_INCLUDED, type Page, type Position } from '../access/source.ts'
import { patientsOfRows, type RecordRow } from './concerned-patients.ts'
import { largestText, streamTexts, textColumns, withTexts } from './late-text.ts'
import { and, isOneOf, isWithin, or } from './predicates.ts'
import { BOUND_MEMBERS } from './search-plan.ts'

/** In the JSON of `resource-text.ts`, without spaces, only a reference looks like this. */
const REFERENCE = /"reference":"([A-Za-z]{1,64})\/([A-Za-z0-9\-.]{1,64})[/"]/g

/** Adds the shared resources, which belong to no patient, that a stored text refers to: of each type one more than a page includes. */
export const addSharedReferences = (idsByType: Map<string, Set<string>>, json: string): void => {
  // `matchAll` would copy the expression for each text.
  for (let match = REFERENCE.exec(json); match; match = REFERENCE.exec(json)) {
    const [, type = '', id = ''] = match
    if (COMPARTMENT[type] !== SHARED) continue
    const ids = idsByType.get(type) ?? new Set()
    if (ids.size <= MOST_INCLUDED) idsByType.set(type, ids.add(id))
  }
}

/**
 * Reads a page of a patient's compartment, ordered by type, and the shared resources that it names: practitioners, locations and
 * the like. Each row is within the holder's reach of its own type.
 */
export const everythingRecords = async (
  db: Db,
  { patient, types, since, count }: EverythingQuery,
  reachOf: ReachOf,
  after?: Position,
): Promise<Disclosure<Page>> => {
  const within = typesByReach(types, reachOf)
  const limits = { limit: count + 1, largest: largestText(count + 1) }
  const rows = withTexts(await compartmentRows(db, { patient, within, since, after, ...limits }))
  const pageOfRows = rows.slice(0, count)
  const last = pageOfRows.at(-1)
  const { all, cut } = await sharedRecords(db, pageOfRows, types, reachOf)
  const includedRows = all.slice(0, MOST_INCLUDED)
  const patients = [...new Set([patient, ...(await patientsOfRows(db, [...rows, ...all], reachOf))])]
  const page: Page = {
    resources: pageOfRows,
    included: includedRows,
    cut: cut || all.length > includedRows.length,
    ...(last && rows.length > pageOfRows.length && { next: { at: last.type, key: last.key } }),
  }
  return Disclosure.of(page, { patients, owners: [patient] })
}

interface TypesInReach {
  readonly types: readonly string[]
  /** The holder's reach of each of them. */
  readonly reach: Reach
}

/** Returns the types that are within reach. Those whose reach is the same are together, which makes one condition instead of many. */
const typesByReach = (types: readonly string[], reachOf: ReachOf): TypesInReach[] => {
  const found = new Map<string, { types: string[]; reach: Reach }>()
  for (const type of types) {
    const reach = reachOf(type)
    if (!reach) continue
    const name = JSON.stringify(reach)
    const alike = found.get(name)
    if (alike) alike.types.push(type)
    else found.set(name, { types: [type], reach })
  }
  return [...found.values()]
}

interface CompartmentInput {
  readonly patient: string
  readonly within: readonly TypesInReach[]
  readonly since: number | undefined
  readonly after: Position | undefined
  readonly limit: number
  readonly largest: number
}

const compartmentRows = compileByShape(
  new Set([...BOUND_MEMBERS, 'patient', 'since']),
  (db, { patient, within, since, after, limit, largest }: CompartmentInput) =>
    db
      .selectFrom('compartment')
      .crossJoin('resource')
      .select(['resource.key', 'resource.type', 'resource.id', ...textColumns(largest)])
      .where('compartment.patient', '=', patient)
      .whereRef('resource.key', '=', 'compartment.key')
      .where(
        or(
          within.map(({ types, reach }) =>
            and([isOneOf('resource.type', types), isWithin(sql.ref<string>('resource.type'), reach)]),
          ),
        ),
      )
      .$if(since !== undefined, (q) => q.where('resource.last_updated', '>=', since ?? 0))
      .$if(after !== undefined, (q) =>
        q.where((eb) =>
          eb(
            eb.refTuple('compartment.type', 'compartment.key'),
            '>',
            eb.tuple((after?.at ?? '') as string, after?.key ?? 0),
          ),
        ),
      )
      .orderBy('compartment.type')
      .orderBy('compartment.key')
      .limit(limit),
)

/** Reads the shared resources, which belong to no patient, that these rows name; `cut` if they name more than are looked up. */
const sharedRecords = async (
  db: Db,
  rows: readonly RecordRow[],
  types: readonly string[],
  reachOf: ReachOf,
): Promise<{ readonly all: readonly RecordRow[]; readonly cut: boolean }> => {
  const idsByType = new Map<string, Set<string>>()
  for await (const [, json] of streamTexts(db, rows))
    if (json !== undefined) addSharedReferences(idsByType, json)
  const within = [...idsByType].flatMap(([type, ids]) => {
    const reach = types.includes(type) ? reachOf(type) : undefined
    return reach ? [{ type, ids: [...ids], reach }] : []
  })
  const all =
    within.length === 0 ? [] : await namedRows(db, { within, largest: largestText(MOST_INCLUDED + 1) })
  return { all: withTexts(all), cut: within.some(({ ids }) => ids.length > MOST_INCLUDED) }
}

interface NamedInput {
  readonly within: readonly {
    readonly type: string
    readonly ids: readonly string[]
    readonly reach: Reach
  }[]
  readonly largest: number
}

const namedRows = compileByShape(BOUND_MEMBERS, (db, { within, largest }: NamedInput) =>
  db
    .selectFrom('resource')
    .select(['key', 'type', 'id', ...textColumns(largest)])
    .where(
      or(
        within.map(({ type, ids, reach }) =>
          and([sql`resource.type = ${type}`, isOneOf('resource.id', ids), isWithin(type, reach)]),
        ),
      ),
    )
    .orderBy('key')
    .limit(MOST_INCLUDED + 1),
)
