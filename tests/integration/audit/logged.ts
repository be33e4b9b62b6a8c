import { randomUUID } from 'node:crypto'
import type { SigningContext } from '../../../server/audit/checkpoint/append-signed.ts'
import type { LoggedAccess } from '../../../server/audit/entry/access-event.ts'
import type { Person } from '../../../server/audit/erase/mentions.ts'
import { type AccessLog, openAccessLog } from '../../../server/audit/open-log.ts'
import { openLogKey } from '../../../server/audit/open-log-key.ts'
import { entriesOf } from '../../../server/audit/write/log.ts'
import { createRecorder } from '../../../server/audit/write/recorder.ts'
import { insertEntry } from '../../../server/audit/write/write-entries.ts'
import type { Config } from '../../../server/config.ts'
import type { Store } from '../../../server/store/store.ts'
import type { Engine } from '../../../server/store/tables/dialect.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { createDatabase, type TestDatabase } from '../../fixtures/store.ts'

export const config: Config = {
  publicUrl: 'http://localhost:3100',
  host: 'localhost',
  port: 3100,
  source: { kind: 'embedded' },
  organization: { name: 'Riverside Clinic', about: '', color: '#000000' },
}

/** A log on a database of its own, without a server around it. */
export interface TestLog {
  readonly database: TestDatabase
  readonly store: Store
  readonly log: AccessLog
  /** What signing an entry needs. */
  signing(): SigningContext
  /** Writes an entry about each of these patients, each in its own transaction. */
  append(...patients: (string | undefined)[]): Promise<void>
  close(): Promise<void>
}

export const openLog = async (store: Store, file: string, acceptRollback = false): Promise<AccessLog> => {
  const key = await openLogKey({ store, logKey: { file, acceptRollback } })
  const none = () => undefined
  return openAccessLog({ config, store, clock: Date.now, key, onFinding: none, onDelay: none, onFault: none })
}

export const createLog = async (engine: Engine): Promise<TestLog> => {
  const database = await createDatabase(engine)
  const store = await database.open()
  const log = await openLog(store, database.logKey)
  const key = await readLogKey(database.logKey)
  return {
    signing: () => ({ config, key, clock: Date.now }),
    database,
    store,
    log,
    append: async (...patients) => {
      for (const patient of patients) await appendOne(log.store, patient)
    },
    close: async () => {
      await log.close()
      await store.close()
      await database.close()
    },
  }
}

/** Somebody of whom the organization knows nothing but the id. */
export const unknown = (patient: string): Person => ({ patient, accounts: [], values: [], names: [] })

export const appendOne = (store: Store, patient: string | undefined, more: Partial<LoggedAccess> = {}) =>
  createRecorder({ config, store, clock: Date.now }).record(accessAbout(patient, more))

/** Inserts an entry without a place, as a server on PostgreSQL does. */
export const insertWaiting = (
  store: Store,
  patient: string | undefined,
  now = Date.now(),
): Promise<unknown> =>
  store.write(async (trx) => {
    for (const entry of entriesOf(accessAbout(patient), { config, now })) await insertEntry(trx, entry)
  })

export const accessAbout = (patient: string | undefined, more: Partial<LoggedAccess> = {}): LoggedAccess => ({
  kind: 'search',
  requestId: randomUUID(),
  outcome: 'success',
  agent: {
    address: '192.0.2.7',
    clientId: 'carekey',
    clientName: 'Carekey',
    accountId: 'lee',
    accountName: 'Lee “É” O’Neill',
    fhirUser: 'Practitioner/lee',
    tokenRef: 'ref',
  },
  patients: patient === undefined ? [] : [patient],
  query: 'Observation?code=8480-6',
  ...more,
})
