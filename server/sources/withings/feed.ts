import { setTimeout as sleep } from 'node:timers/promises'
import type { WithingsSource } from '../../config.ts'
import { faultOf } from '../../errors.ts'
import { createForgetting, type WholeReading } from './forget-missing.ts'
import { createKeptIds } from './kept-ids.ts'
import { MEASURE_TYPES } from './observations.ts'
import { NOT_UNDERSTOOD, putMeasures } from './put-measures.ts'
import { REMOVED, readingsOf } from './removal.ts'
import type { TokenUser, WithingsAccount } from './tokens.ts'
import { isLater, WithingsError, type WithingsFault } from './withings-error.ts'

const MINUTE = 60_000
/** The shortest time between two fetches of a person's readings, in milliseconds. */
const INTERVAL = 10 * MINUTE
/** After this time another process may fetch, because this one may have been killed. */
const LEASE = 2 * MINUTE
/** How long a request waits for all of its fetches together, in milliseconds; they then continue in the background. */
const PATIENCE = 2_000
/**
 * How often everything is read again, in milliseconds. What was deleted at Withings, or became a goal there, is missing only then; a reading
 * whose date was in the future comes with it.
 */
const WHOLE = 24 * 60 * MINUTE
/** The most pages of one fetch. A person with ten years of daily readings has 40. */
const MOST_PAGES = 1_000

/**
 * The most readings that are kept of one person. Ten years of daily weights and blood pressures are about 20,000. Without a limit, an
 * answer that always says that more follows would fill the disk.
 */
const MOST_READINGS = 200_000
/** How long after that everything is read again, in seconds. */
const PAUSE = 86_400
/** The most reasons in a line of the operator's log. */
const MOST_REASONS = 10

/** Why a fetch failed, and when the last complete one was. */
export interface FeedState {
  readonly isReading: boolean
  readonly readAt?: number
  readonly fault?: WithingsFault
  /** Something at Withings is not understood here. */
  readonly hasUnknown: boolean
}

/** When the oldest readings were last complete here; without a time if somebody's never were. */
export type OldestReading = Pick<FeedState, 'readAt' | 'hasUnknown'>

/** The progress of a fetch. The next one continues there as long as nothing else changed. */
interface Position {
  readonly connection: string
  /** When its first page was asked for, in milliseconds. */
  readonly began: number
  readonly since: number | null
  /** `updatetime` of its first page. */
  readonly updated?: number | undefined
  readonly offset: number
  /** When the groups that came were last edited; of the first 200,000. A later page may have an older version of one. */
  readonly edits: Map<string, number>
  /** If everything is read. */
  readonly whole?: Pick<WholeReading, 'seen'> & { isCut: boolean }
  /** Something that came was not understood. */
  readonly hasUnknown: boolean
}

interface FeedDeps extends TokenUser {
  readonly source: Pick<WithingsSource, 'apiUrl'>
  /** Milliseconds that a request waits; tests pass their own. */
  readonly patience?: number
  /** The most readings that are kept of one person; tests pass their own. */
  readonly most?: number
  /** Subscribes to Withings' notifications about new readings. */
  readonly subscribe: (account: WithingsAccount) => Promise<void>
  /** Reports to the operator, but never a value of the record. */
  readonly report: (facts: object, sentence: string) => void
}

/** Fetches new readings from Withings into the organization's own records. */
export const createFeed = (deps: FeedDeps) => {
  const { source, store, clock, client, tokens, subscribe, report } = deps
  const { patience = PATIENCE, most = MOST_READINGS } = deps
  const running = new Map<string, Promise<void>>()
  /** Where to continue fetches that Withings interrupted. */
  const positions = createKeptIds<Position>(({ edits, whole }) => edits.size + (whole?.seen.size ?? 0))
  const forgetMissing = createForgetting(store, clock)
  /** Running subscriptions, for which no request waits. */
  const subscribing = new Set<Promise<void>>()

  /** Finds a person who is connected and has said who they are; nothing is fetched for others. */
  const find = (patient: string): Promise<WithingsAccount | undefined> =>
    store.db
      .selectFrom('withings_account')
      .selectAll()
      .where('patient', '=', patient)
      .where('issuer', '=', source.apiUrl)
      .where('unnamed_until', 'is', null)
      .where((eb) => eb.or([eb('fault', 'is', null), eb('fault', '<>', REMOVED)]))
      .executeTakeFirst()

  const change = (
    { patient, connection }: WithingsAccount,
    values: Partial<WithingsAccount>,
    former?: number,
  ): Promise<boolean> =>
    store.write(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('withings_account')
        .set(values)
        .where('patient', '=', patient)
        .where('connection', '=', connection)
        .where((eb) => eb.or([eb('fault', 'is', null), eb('fault', '<>', REMOVED)]))
        .$if(former !== undefined, (query) => query.where('next_read', '=', former ?? 0))
        .executeTakeFirst()
      return numUpdatedRows > 0n
    })

  /** Returns where this fetch begins or continues. */
  const positionOf = ({ patient, connection, since: known, whole_at }: WithingsAccount): Position => {
    const position = positions.take(patient)
    const now = clock()
    const since = now - (whole_at ?? 0) >= WHOLE ? null : known
    if (position?.connection === connection && position.since === since) return position
    const isWhole = since === null
    return {
      ...{ connection, began: now, since, offset: 0, edits: new Map(), hasUnknown: false },
      ...(isWhole && { whole: { seen: new Set(), isCut: false } }),
    }
  }

  /** How many more of a patient's readings are kept. */
  const roomFor = async (patient: string): Promise<number> => {
    const { stored } = await readingsOf(store.db, patient)
      .select(({ fn }) => fn.countAll<number>().as('stored'))
      .executeTakeFirstOrThrow()
    return most - Number(stored)
  }

  const readAll = async (account: WithingsAccount): Promise<void> => {
    const leftOut = new Set<string>()
    let others = 0
    const leaveOut = (reason: string): void => {
      if (leftOut.size < MOST_REASONS || leftOut.has(reason)) leftOut.add(reason)
      else others += 1
    }
    let position = positionOf(account)
    const start = position.offset
    /** The offset of the last page that was read. If the rest fails, it is read again: it then has what moved up because others were deleted. */
    let before = start
    try {
      for (let pages = 0; ; pages++) {
        if (pages === MOST_PAGES)
          throw new WithingsError('wait', 'Withings has more pages than one reading takes.')
        const { since, offset } = position
        const page = await tokens.use(account, (access) =>
          client.getMeasures(access, {
            types: MEASURE_TYPES,
            offset,
            // Fetches one second twice, because more readings may have been made within it.
            ...(since !== null && { since: since - 1 }),
          }),
        )
        // Readings that are edited while the pages are fetched come again with the next fetch.
        position = { ...position, updated: position.updated ?? page.updated }
        if (page.hasUnknown) leaveOut(NOT_UNDERSTOOD)
        const { edits, whole } = position
        const groups = page.groups.filter(({ grpid, modified }) => modified >= (edits.get(grpid) ?? 0))
        for (const { grpid, modified } of groups)
          if (edits.size < most) edits.set(grpid, Math.max(modified, edits.get(grpid) ?? 0))
        if (whole && whole.seen.size >= most) throw tooMany()
        const room = await roomFor(account.patient)
        const put = await putMeasures(store, { ...page, groups }, account, clock(), room)
        const { ids, reasons, isCut } = put
        if (page.hasUnknown || put.hasUnknown) position = { ...position, hasUnknown: true }
        for (const reason of reasons) leaveOut(reason)
        for (const id of ids) whole?.seen.add(id)
        if (isCut && !whole) throw tooMany()
        // What Withings no longer has makes room, and that is known at the end.
        if (isCut && whole) whole.isCut = true
        if (page.next === undefined) break
        if (page.next <= offset) {
          position = { ...position, offset: 0 }
          throw new WithingsError('away', 'Withings has more, and does not say where.')
        }
        before = offset
        position = { ...position, offset: page.next }
      }
    } catch (error) {
      // Not if that was the only page, because a fetch that is broken off each time has to go on.
      const offset = before > start ? before : position.offset
      if (isLater(error) && position.offset > 0) positions.keep(account.patient, { ...position, offset })
      throw error
    } finally {
      if (leftOut.size > 0)
        report(
          { reasons: [...leftOut], ...(others > 0 && { others }) },
          'measures of Withings that have no place here were left out',
        )
    }
    const { updated, began, whole, hasUnknown } = position
    // Otherwise nobody knows what is missing.
    const isSettled =
      whole !== undefined && (hasUnknown || (await forgetMissing(account, { ...whole, began })))
    if (whole?.isCut) throw tooMany()
    await change(account, {
      // If Withings' clock were ahead, all that is measured until then would be missed.
      ...(updated !== undefined && { since: Math.min(updated, Math.floor(began / 1000)) }),
      ...(isSettled && { whole_at: began }),
      // What is new says nothing of what was not understood before.
      ...(hasUnknown ? { unknown_at: began } : whole && { unknown_at: null }),
      // Withings lists the newest first, so what came since then is on no page after the first.
      read_at: began,
      next_read: began + INTERVAL,
      fault: null,
    })
  }

  const fetchReadings = async (account: WithingsAccount): Promise<void> => {
    try {
      await readAll(account)
      const subscription: Promise<void> = subscribe(account)
        .catch((error: unknown) => report(faultOf(error), 'Withings takes no subscription'))
        .finally(() => subscribing.delete(subscription))
      subscribing.add(subscription)
    } catch (error) {
      const fault = error instanceof WithingsError ? error.fault : 'mistake'
      // `ended` is stored in the row, unless the person was disconnected or signed in again meanwhile.
      if (fault === 'ended') return
      if (fault !== 'wait') report(faultOf(error), 'the readings of Withings failed')
      const seconds = error instanceof WithingsError ? error.seconds : 0
      await change(account, { fault, next_read: clock() + Math.max(seconds * 1000, MINUTE) })
    }
  }

  const begin = async (account: WithingsAccount): Promise<void> => {
    // A process without the keys leaves the fetch to the others.
    await tokens.requireKeys()
    // Of several processes, the one that changes the time does the fetch.
    if (await change(account, { next_read: clock() + LEASE }, account.next_read)) await fetchReadings(account)
  }

  /** Begins to fetch new readings, unless that was done recently. */
  const start = (account: WithingsAccount): void => {
    const { patient, fault, next_read } = account
    if (fault === 'ended' || next_read > clock() || running.has(patient)) return
    const reading = begin(account)
      .catch((error: unknown) => report(faultOf(error), 'the readings of Withings failed'))
      .finally(() => running.delete(patient))
    running.set(patient, reading)
  }

  return {
    /** Opens the feed for one request, which waits two seconds in all, however many patients it is about. */
    open: () => {
      let over: Promise<void> | undefined
      return {
        /** Fetches new readings, unless that was done recently. Returns how far it got. */
        bringUpToDate: async (patient: string): Promise<FeedState | undefined> => {
          const account = await find(patient)
          if (!account) return undefined
          start(account)
          const reading = running.get(patient)
          if (!reading) return stateOf(account, clock())
          over ??= sleep(patience, undefined, { ref: false })
          await Promise.race([reading, over])
          const after = await find(patient)
          return after && stateOf(after, clock())
        },
      }
    },

    /** Returns when the oldest of all readings were complete here; `undefined` if that was recently, and all are understood. */
    findOldest: async (): Promise<OldestReading | undefined> => {
      const { people, read, oldest, unknown } = await store.db
        .selectFrom('withings_account')
        .select(({ fn }) => [
          fn.countAll<number>().as('people'),
          fn.count<number>('read_at').as('read'),
          fn.min('read_at').as('oldest'),
          fn.count<number>('unknown_at').as('unknown'),
        ])
        .where('issuer', '=', source.apiUrl)
        .where('unnamed_until', 'is', null)
        .where((eb) => eb.or([eb('fault', 'is', null), eb('fault', '<>', REMOVED)]))
        .executeTakeFirstOrThrow()
      if (Number(people) === 0) return undefined
      const hasUnknown = Number(unknown) > 0
      if (oldest === null || Number(read) < Number(people)) return { hasUnknown }
      return oldest > clock() - INTERVAL && !hasUnknown ? undefined : { readAt: oldest, hasUnknown }
    },

    /** Waits for running fetches. */
    close: async (): Promise<void> => {
      await Promise.all(running.values())
      await Promise.all(subscribing)
    },
  }
}

const tooMany = () =>
  new WithingsError('too-many', 'Withings has more readings than are kept of a person.', PAUSE)

const stateOf = ({ read_at, next_read, fault, unknown_at }: WithingsAccount, now: number): FeedState => ({
  // A complete fetch leaves these times, and is due again. While any process fetches, or after it was killed, there are others.
  isReading: read_at === null || next_read !== read_at + INTERVAL || next_read <= now,
  ...(read_at !== null && { readAt: read_at }),
  ...(fault !== null && { fault: fault as WithingsFault }),
  hasUnknown: unknown_at !== null,
})

const REASONS: Readonly<Record<WithingsFault, string>> = {
  ended: 'The connection to Withings has ended. Sign in with Withings again to go on.',
  'invalid-token': 'Withings does not answer now. It is asked again in a few minutes.',
  'not-allowed': 'Withings was not allowed to give the readings. Sign in with Withings again and allow it.',
  wait: 'Withings is asked as often as it allows. It is asked again in a few minutes.',
  mistake:
    'This organization cannot ask Withings now, because of a fault on its own side. It has been noted.',
  'too-many': 'Withings has more readings of this person than are kept here. It has been noted.',
  away: 'Withings does not answer now. It is asked again in a few minutes.',
}

const READING = 'Newer ones are being read; ask again in a moment.'
const NAME_ONE = 'Name one patient to have theirs fetched.'
const UNKNOWN =
  'Some are missing or out of date, because Carekey does not understand how Withings writes them. The operator has been told.'

/** Says which of a person's readings at Withings are missing here, and why; `undefined` if none are. */
export const feedNote = ({ isReading, readAt, fault, hasUnknown }: FeedState): string | undefined => {
  const stateSentence =
    readAt === undefined
      ? 'The readings of Withings were never complete here.'
      : `The readings of Withings are as of ${minuteOf(readAt)}.`
  const reasons = [
    ...(fault !== undefined ? [REASONS[fault]] : isReading ? [READING] : []),
    ...(hasUnknown ? [UNKNOWN] : []),
  ]
  return reasons.length > 0 ? [stateSentence, ...reasons].join(' ') : undefined
}

/** Says from when the readings of all people are; `undefined` if all were fetched recently, and are understood. */
export const allNote = (oldest: OldestReading | undefined): string | undefined => {
  if (!oldest) return undefined
  const stateSentence =
    oldest.readAt === undefined
      ? 'The readings of some people were never complete here.'
      : `The readings of Withings are as of ${minuteOf(oldest.readAt)} or later.`
  return [stateSentence, ...(oldest.hasUnknown ? [UNKNOWN] : []), NAME_ONE].join(' ')
}

const minuteOf = (time: number): string => `${new Date(time).toISOString().slice(0, 16)}Z`
