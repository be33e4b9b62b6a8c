import type { Clock } from '../../config.ts'
import { deleteResources } from '../../fhir/index/put-indexes.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { turnOfOthers } from '../../turns.ts'
import { createKeptIds } from './kept-ids.ts'
import { ORIGIN } from './person.ts'
import { requireConnected } from './put-measures.ts'
import { readingsOf, TOGETHER } from './removal.ts'
import type { WithingsAccount } from './tokens.ts'

/** A fetch of all of a person's readings. */
export interface WholeReading {
  /** When it began, in milliseconds. */
  readonly began: number
  /** The ids of the readings that came. */
  readonly seen: Set<string>
}

interface Missed {
  readonly wholeAt: number | null
  readonly ids: ReadonlySet<string>
}

/**
 * Returns a function that deletes the stored readings that Withings no longer has: those that two fetches of everything in a row did not
 * bring. One of them may have missed some, because its pages move while it runs.
 */
export const createForgetting = (store: Store, clock: Clock) => {
  /**
   * The readings that the last fetch of everything did not bring, of each patient. They count as long as no process had a fetch after which
   * nothing was missing.
   */
  const missedBefore = createKeptIds<Missed>(({ ids }) => ids.size)

  /**
   * @returns whether nothing is missing for the first time, so that the next fetch need not be of everything.
   * @throws WithingsError `ended` when the person was disconnected before all that are missing were deleted.
   */
  return async (account: WithingsAccount, { began, seen }: WholeReading): Promise<boolean> => {
    const { patient, whole_at: wholeAt } = account
    // A later one may be newer than the pages, unless a clock was wrong when it came.
    const olderReadings = (db: Db) =>
      readingsOf(db, patient).where(({ or, eb }) =>
        or([eb('resource.last_updated', '<', began), eb('resource.last_updated', '>', clock())]),
      )
    const rows = await olderReadings(store.db).select(['resource.key', 'resource.id']).execute()
    const missed = rows.filter(({ id }) => !seen.has(id))
    const last = missedBefore.take(patient)
    const before = last?.wholeAt === wholeAt ? last.ids : undefined
    const gone = missed.filter(({ id }) => before?.has(id)).map(({ key }) => key)
    for (let start = 0; start < gone.length; start += TOGETHER) {
      if (start > 0) await turnOfOthers()
      const some = gone.slice(start, start + TOGETHER)
      await store.write(async (trx) => {
        await requireConnected(trx, account)
        const stillThere = await olderReadings(trx)
          .select('resource.key')
          .where('resource.key', 'in', some)
          .execute()
        await deleteResources(
          trx,
          stillThere.map(({ key }) => key),
          ORIGIN,
        )
      })
    }
    if (gone.length === missed.length) return true
    const ids = new Set(missed.filter(({ id }) => !before?.has(id)).map(({ id }) => id))
    missedBefore.keep(patient, { wholeAt, ids })
    return false
  }
}
