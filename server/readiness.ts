import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Db } from './store/schema.ts'
import { putSetting } from './store/settings.ts'
import { type Store, StoreUnavailable } from './store/store.ts'

/** Writes an entry and takes it back, in a transaction that goes on. So whatever keeps entries from being written is found. @throws Error */
const tryEntry = async (trx: Db): Promise<void> => {
  await sql`savepoint entry`.execute(trx)
  await trx
    .insertInto('audit_event')
    .values({ ...NO_ENTRY, id: randomUUID() })
    .execute()
  await sql`rollback to savepoint entry`.execute(trx)
}

const NO_ENTRY = {
  ...{ recorded: 0, patient: null, agent: null, client_id: null, salt: null },
  ...{ type: '', subtype: '', outcome: '', request_id: '', json: '' },
}

/** Why a server cannot serve now, as `B/readyz` names it. */
type Unready =
  | 'starting'
  | 'store-unreachable'
  | 'store-read-only'
  | 'store-full'
  | 'log-not-verified'
  | 'log-key-unusable'
  | 'clock-distrusted'
  | 'stopping'

/** What a server that serves should be looked after for. */
interface Warning {
  readonly warning: 'disk-low' | 'key-unreadable' | 'source-unreachable' | 'source-refused'
  readonly detail: string
}

interface NotReady {
  readonly status: 'not-ready'
  readonly reason: Unready
  readonly detail: string
}

/** The body of `B/readyz`: of a 200, or of a 503. */
export type Readiness = ({ readonly status: 'ready' } & Partial<Warning>) | NotReady

/** @param detail one sentence. */
export const notReady = (reason: Unready, detail: string): NotReady => ({
  status: 'not-ready',
  reason,
  detail,
})

interface ReadinessDeps {
  readonly store: Store
  /** Milliseconds that only grow. */
  readonly elapsed: () => number
  /** Returns what stops this server although its database can write. @throws StoreUnavailable */
  readonly findFault: () => Promise<NotReady | undefined>
  readonly findWarning: () => Promise<Warning | undefined>
}

/** An entry takes new pages, so a check that only overwrites a row would succeed where no entry can be added. */
const ROOM = '0'.repeat(16_384)
/** In milliseconds. */
const LONGEST_ACT = 4_000
const ACT_INTERVAL = 1_000

/**
 * Creates the check of `B/readyz`. It is an act: no request is answered without its entry in the log, so it writes one and takes it back.
 * It acts once a second at most, however many ask, and answers within 4 s, even if the database does not.
 */
export const createReadiness = ({ store, elapsed, findFault, findWarning }: ReadinessDeps) => {
  let latest: { readonly at: number; readonly answer: Promise<Readiness> } | undefined
  let isActing = false

  const act = async (): Promise<Readiness> => {
    try {
      await store.write(async (trx) => {
        await putSetting(trx, 'readiness', ROOM)
        await putSetting(trx, 'readiness', String(Math.round(elapsed())))
        await tryEntry(trx)
      })
      const connectFault = await store.connectFault?.()
      if (connectFault) return unreadyBy(connectFault)
      const fault = await findFault()
      if (fault) return fault
    } catch (error) {
      return unreadyBy(error)
    }
    return { status: 'ready', ...(await findWarning()) }
  }

  return (): Promise<Readiness> => {
    const now = elapsed()
    if (latest && (isActing || now - latest.at < ACT_INTERVAL)) return latest.answer
    isActing = true
    const acting = act().finally(() => {
      isActing = false
    })
    const late = sleep(LONGEST_ACT, SILENT, { ref: false })
    latest = { at: now, answer: Promise.race([acting, late]) }
    return latest.answer
  }
}

const SILENT = notReady(
  'store-unreachable',
  'The database does not answer, or something holds a lock of it, so nothing can be logged.',
)

const unreadyBy = (error: unknown): NotReady => {
  if (!(error instanceof StoreUnavailable)) throw error
  switch (error.why) {
    case 'full':
      return notReady('store-full', 'The disk of the database is full, so nothing can be logged.')
    case 'read-only':
      return notReady('store-read-only', 'The database takes no writes, so nothing can be logged.')
    case 'unreachable':
      return notReady('store-unreachable', 'The database cannot be reached, or cannot write.')
  }
}
