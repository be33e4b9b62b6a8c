import { deleteResources } from '../../fhir/index/put-indexes.ts'
import { putPrepared, ResourceRefused } from '../../fhir/index/put-resource.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { turnOfOthers } from '../../turns.ts'
import { mapGroup, type Zone, zoneOf } from './observations.ts'
import { ORIGIN, prepareOwn } from './person.ts'
import type { MeasureGroup, MeasurePage } from './read-measures.ts'
import { REMOVED } from './removal.ts'
import type { WithingsAccount } from './tokens.ts'
import { WithingsError } from './withings-error.ts'

/** The most ids in one statement. */
const BATCH = 500
/** Groups that are prepared and stored in one turn; each takes about half a millisecond. Withings sends 300 in a page, and could send any number. */
const TOGETHER = 25
/** How far a device's clock may be ahead, in milliseconds. */
const AHEAD = 24 * 3_600_000
/** Why something is left out. */
export const NOT_UNDERSTOOD = 'a group or page that is not understood'

type Measures = Pick<MeasurePage, 'groups' | 'timezone'>

interface PutMeasures {
  /** Of the readings that the page has. */
  readonly ids: readonly string[]
  /** Why something was left out, without any value of the record. */
  readonly reasons: ReadonlySet<string>
  /** A group was not understood, so more may stand there than is known. */
  readonly hasUnknown: boolean
  /** New readings were not stored, because there was no room. */
  readonly isCut: boolean
}
interface ZonedGroups {
  readonly groups: readonly MeasureGroup[]
  readonly zone: Zone | undefined
}
type ConnectedAccount = Pick<WithingsAccount, 'patient' | 'connection'>

/**
 * Stores a page of measures: new readings, and those that were edited. A reading that has not changed stays untouched. Of a group whose
 * date is in the future, nothing stays from before; one that is not understood changes nothing. The others are stored. A page that is
 * stored in part is read again.
 *
 * @param room how many new readings may be stored.
 * @throws WithingsError `ended` when the person was disconnected or signed in again meanwhile.
 */
export const putMeasures = async (
  store: Store,
  page: Measures,
  account: ConnectedAccount,
  now: number,
  room: number,
): Promise<PutMeasures> => {
  // If a group comes twice, the last edit counts.
  const latest = new Map(
    page.groups.toSorted((a, b) => a.modified - b.modified).map((each) => [each.grpid, each]),
  )
  const all = [...latest.values()]
  const zone = zoneOf(page.timezone)
  const ids: string[] = []
  const reasons = new Set<string>()
  let left = room
  let isCut = false
  let hasUnknown = false
  for (let start = 0; start < all.length; start += TOGETHER) {
    if (start > 0) await turnOfOthers()
    const some = all.slice(start, start + TOGETHER)
    const put = await putGroups(store, { zone, groups: some }, account, now, left)
    left -= put.added
    isCut ||= put.isCut
    hasUnknown ||= put.hasUnknown
    ids.push(...put.ids)
    for (const reason of put.reasons) reasons.add(reason)
  }
  return { ids, reasons, hasUnknown, isCut }
}

const putGroups = (
  store: Store,
  { groups, zone }: ZonedGroups,
  account: ConnectedAccount,
  now: number,
  room: number,
): Promise<PutMeasures & { readonly added: number }> => {
  const { patient } = account
  const reasons = new Set<string>()
  let hasUnknown = false
  /** Nothing is known of such a group, also not that a reading of it is gone. */
  const leaveUnknown = (reason: string) => {
    reasons.add(reason)
    hasUnknown = true
    return { prepared: [], absent: [] }
  }
  const mappedGroups = groups.map((group) => {
    const mapped = mapGroup(group, patient, zone)
    if (!mapped) return leaveUnknown(NOT_UNDERSTOOD)
    const { resources, absent, leftOut: types } = mapped
    if (group.date * 1000 > now + AHEAD) {
      reasons.add('a date in the future')
      // What was stored of it before is no longer what Withings says.
      return { prepared: [], absent: [...resources.map(({ id }) => id), ...absent] }
    }
    for (const type of types) reasons.add(`type ${type}`)
    try {
      return { prepared: resources.map(({ text }) => prepareOwn(JSON.parse(text), now, text)), absent }
    } catch (error) {
      if (!(error instanceof ResourceRefused)) throw error
      return leaveUnknown(error.code)
    }
  })
  const prepared = mappedGroups.flatMap((each) => each.prepared)
  const ids = prepared.map(({ row }) => row.id)
  return store.write(async (trx) => {
    await requireConnected(trx, account)
    const stored = await findStored(trx, ids)
    const known = new Set(stored.filter(({ origin }) => origin === ORIGIN).map(({ id }) => id))
    const added = prepared.filter(({ row }) => !known.has(row.id)).slice(0, Math.max(room, 0))
    const changed = prepared.filter(({ row }) => known.has(row.id))
    await putPrepared(trx, [...changed, ...added])
    const absent = await findStored(
      trx,
      mappedGroups.flatMap((each) => each.absent),
    )
    await deleteResources(
      trx,
      absent.map(({ key }) => key),
      ORIGIN,
    )
    const isCut = changed.length + added.length < prepared.length
    return { ids, reasons, hasUnknown, added: added.length, isCut }
  })
}

/** Returns those resources that are stored, among them imported ones with the id of a reading. */
const findStored = async (trx: Db, ids: readonly string[]) => {
  const stored: { key: number; id: string; origin: string | null }[] = []
  for (let start = 0; start < ids.length; start += BATCH) {
    const rows = await trx
      .selectFrom('resource')
      .select(['key', 'id', 'origin'])
      .where('type', '=', 'Observation')
      .where('id', 'in', ids.slice(start, start + BATCH))
      .execute()
    stored.push(...rows)
  }
  return stored
}

/** Locks the person's row, so that nothing is stored after a removal. @throws WithingsError */
export const requireConnected = async (
  trx: Db,
  { patient, connection }: Pick<WithingsAccount, 'patient' | 'connection'>,
): Promise<void> => {
  const { numUpdatedRows } = await trx
    .updateTable('withings_account')
    .set((eb) => ({ next_read: eb.ref('next_read') }))
    .where('patient', '=', patient)
    .where('connection', '=', connection)
    .where((eb) => eb.or([eb('fault', 'is', null), eb('fault', '<>', REMOVED)]))
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw new WithingsError('ended', 'The connection to Withings was removed.')
}
