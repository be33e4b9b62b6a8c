import { cp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { beginKnownLog } from '../../../extension/access-log/watch/known-log.ts'
import { changeKnownLog } from '../../../extension/access-log/watch/known-logs.ts'
import { withMissingReads } from '../../../extension/access-log/watch/missing-reads.ts'
import type { LogProof } from '../../../extension/messages/log-entries.ts'
import { items } from '../../../extension/storage/items.ts'
import { readsAt } from '../../../extension/storage/stored-log.ts'
import { freePort } from '../../../scripts/server-process.ts'
import { createApp } from '../../../server/app.ts'
import { checkedFile, pinnedFile } from '../../../server/audit/checkpoint/log-key.ts'
import type { Config } from '../../../server/config.ts'
import { demoOrganizations } from '../../../server/demo/organizations.ts'
import { seedDemo } from '../../../server/demo/seed.ts'
import type { Db } from '../../../server/store/schema.ts'
import type { Store } from '../../../server/store/store.ts'
import { hastenHashes } from '../../fixtures/hastened-hashes.ts'
import { journalsIn, keepJournal } from '../../fixtures/journals.ts'
import { riverside } from '../../fixtures/seeded-database.ts'
import { createDatabase, type TestDatabase } from '../../fixtures/store.ts'
import {
  clearBrowser,
  configure,
  createWorker,
  readLog,
  restartBrowser,
  signInAs,
  type Worker,
} from '../../fixtures/worker.ts'

hastenHashes()

/**
 * A browser's view of a real organization whose operator stops the server, changes the log, and starts it again. Stopping signs
 * the log, so everything from before is under the checkpoint.
 */
let database: TestDatabase
let config: Config
let running: { store: Store; stop(): Promise<void> }

const start = async ({ acceptRollback = false } = {}) => {
  const store = await database.open()
  const logKey = { file: database.logKey, acceptRollback }
  const app = await createApp({ config, store, clock: Date.now, keyFile: database.keyFile, logKey })
  await app.listen({ host: config.host, port: config.port })
  const stop = async () => {
    await app.close()
    await store.close()
  }
  running = { store, stop }
}

let worker: Worker
let connectionId: string
let patient: string

beforeEach(async () => {
  await clearBrowser()
  database = await createDatabase('sqlite', riverside)
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  config = {
    publicUrl,
    host: '127.0.0.1',
    port,
    source: { kind: 'embedded' },
    organization: demoOrganizations.riverside,
    demo: 'riverside',
  }
  // The demo's application has a redirect address at the organization itself.
  const store = await database.open()
  await seedDemo(store, 'riverside', { publicUrl }, Date.now)
  await store.close()
  await start()
  worker = createWorker()
  const provider = await configure(worker, publicUrl)
  const connection = await signInAs(worker, provider, { username: 'john' })
  connectionId = connection.id
  patient = connection.patient?.id ?? ''
  await worker.answers.vitals({ connectionId, patient })
  await whileStopped()
})
afterEach(async () => {
  await running.stop()
  await database.close()
})

/** The operator at work on the database, without a server. */
const whileStopped = async (work: (db: Db) => Promise<unknown> = async () => {}, acceptRollback = false) => {
  await running.stop()
  const store = await database.open()
  await work(store.db)
  await store.close()
  await start({ acceptRollback })
}

const look = () => readLog(worker, { connectionId })

const alarm = (reason: string, more: Partial<LogProof> = {}) =>
  expect.objectContaining({ outcome: 'alarm', reason, ...more })

const entriesAbout = (db: Db) =>
  db.selectFrom('audit_event').selectAll().where('patient', '=', patient).orderBy('seq').execute()

/** Deletes everything that proves the log, so that the next start rebuilds it over the current entries. */
const forgetTree = async (db: Db) => {
  for (const table of [
    'audit_leaf',
    'audit_tile',
    'audit_patient',
    'audit_checkpoint',
    'audit_queue',
  ] as const)
    await db.deleteFrom(table).execute()
  const seqs = await db.selectFrom('audit_event').select('seq').orderBy('seq').execute()
  await db.insertInto('audit_queue').values(seqs).execute()
  for (const file of [pinnedFile, checkedFile]) await rm(file(database.logKey))
}

describe('an honest organization', () => {
  it('is proven from the first look on, while its log grows', async () => {
    const first = await look()
    expect(first.entries.length).toBeGreaterThan(3)
    expect(first.proof).toMatchObject({ outcome: 'complete', proven: first.entries.length, pending: 0 })
    expect(first.proof).not.toHaveProperty('since')
    await whileStopped()
    const second = await look()
    expect(second.entries.length).toBeGreaterThan(first.entries.length)
    expect(second.proof).toMatchObject({ outcome: 'complete', proven: second.entries.length, pending: 0 })
    expect(second.proof).toHaveProperty('since')
  })

  it('is proven in every entry, or waits for the next checkpoint, while it writes', async () => {
    for (let time = 0; time < 3; time++) {
      const { proof, entries } = await look()
      if (proof.outcome !== 'complete') throw new Error(JSON.stringify(proof))
      expect(proof.proven + proof.pending).toBe(entries.length)
    }
  })

  it('is proven on every page of a long list', async () => {
    for (let time = 0; time < 70; time++) await worker.answers['search-patients']({ connectionId, query: {} })
    await whileStopped()
    const first = await look()
    expect(first).toMatchObject({ proof: { outcome: 'genuine', why: 'unread', proven: 50 }, readsOn: true })
    const second = await readLog(worker, { connectionId, next: first.next ?? '' })
    expect(second.proof).toMatchObject({ outcome: 'complete', proven: second.entries.length })
  })

  it('is proven to its administrator', async () => {
    const { id } = (await worker.providers.list())[0] ?? { id: '' }
    const provider = (await worker.providers.describe()).find((each) => each.id === id)
    if (!provider) throw new Error('no provider')
    const administrator = await signInAs(worker, provider, { username: 'admin' }, 'administer')
    await whileStopped()
    const page = await readLog(worker, { connectionId: administrator.id })
    expect(page.proof).toMatchObject({ outcome: 'genuine', why: 'patients', proven: page.entries.length })
  })
})

describe('a read of this browser whose entry was taken out of the database', () => {
  it('is named after ten minutes, beside the alarm', async () => {
    const { requests } = worker.sessions
    const name = readsAt((await items.connections.find(connectionId))?.fhirBase ?? '')
    const { [name]: own } = await journalsIn(requests)
    const ownRequest = own?.requests.find(({ what }) => what === 'Observation')
    expect(ownRequest?.shown).toBe(true)
    await whileStopped((db) =>
      db
        .deleteFrom('audit_event')
        .where('request_id', '=', ownRequest?.id ?? '')
        .execute(),
    )
    expect((await look()).own).toEqual({ foreign: [], missing: [] })
    // As if everything had been sent eleven minutes earlier.
    const earlier = 11 * 60_000
    const { [name]: journal } = await journalsIn(requests)
    await keepJournal(requests, name, {
      since: (journal?.since ?? 0) - earlier,
      requests: (journal?.requests ?? []).map(({ servedAt: _, ...request }) => ({
        ...request,
        at: request.at - earlier,
      })),
    })
    // Signs the entry of the first look, whose number shows that one is missing.
    await whileStopped()
    const { own: reads, proof } = await look()
    expect(reads).toEqual({
      foreign: [],
      missing: [{ id: ownRequest?.id, at: (ownRequest?.at ?? 0) - earlier, what: 'Observation' }],
    })
    expect(proof.outcome).toBe('alarm')

    // It is an alarm of its own, also after a restart, until the entry is found.
    expect((await worker.state()).connections).toMatchObject([{ logAlarm: true, readsMissing: true }])
    await restartBrowser()
    const id = ownRequest?.id ?? ''
    expect((await items.knownLogs.get())[connectionId]).toMatchObject({
      alarms: [''],
      missingReads: [{ id }],
    })
    await changeKnownLog(connectionId, (known) =>
      withMissingReads(
        { known: known ?? beginKnownLog(0), isReached: true },
        { missing: [], found: [id], sent: [], lost: undefined, names: true, beganAt: 0 },
        { readAt: Date.now(), isCut: false, result: { proof: { outcome: 'unprovable' } } },
      ),
    )
    expect((await items.knownLogs.get())[connectionId]).toMatchObject({ alarms: [''], missingReads: [] })
  })
})

describe('the alarm is raised over a log in which', () => {
  it('an entry was edited', async () => {
    await look()
    let id = ''
    let recorded = ''
    await whileStopped(async (db) => {
      const [, , entry] = await entriesAbout(db)
      id = entry?.id ?? ''
      recorded = new Date(entry?.recorded ?? 0).toISOString()
      const json = entry?.json.replaceAll('John Doe', 'Nobody') ?? ''
      expect(json).not.toBe(entry?.json)
      await db.updateTable('audit_event').set({ json }).where('id', '=', id).execute()
    })
    const { proof, entries } = await look()
    expect(proof).toEqual(alarm('altered', { entry: { id, recorded } }))
    expect((await worker.state()).connections).toMatchObject([{ id: connectionId, logAlarm: true }])
    // The list is shown all the same, so that the person can read it.
    expect(entries.map((entry) => entry.id)).toContain(id)
  })

  it('an entry was taken out', async () => {
    let next = ''
    await whileStopped(async (db) => {
      const [, before, entry] = await entriesAbout(db)
      next = before?.id ?? ''
      await db
        .deleteFrom('audit_event')
        .where('id', '=', entry?.id ?? '')
        .execute()
    })
    expect((await look()).proof).toEqual(alarm('gap', { entry: expect.objectContaining({ id: next }) }))
  })

  it('an entry was inserted outside of the tree', async () => {
    let id = ''
    await whileStopped(async (db) => {
      const [entry] = await entriesAbout(db)
      if (!entry) throw new Error('no entry')
      id = '00000000-0000-4000-8000-000000000000'
      const recorded = Date.now() - 3_600_000
      const event = { ...JSON.parse(entry.json), id, recorded: new Date(recorded).toISOString() }
      await db
        .insertInto('audit_event')
        .values({ ...entry, seq: 1_000_000, id, recorded, json: JSON.stringify(event) })
        .execute()
      await db.deleteFrom('audit_queue').execute()
    })
    expect((await look()).proof).toEqual(alarm('missing', { entry: expect.objectContaining({ id }) }))
  })

  it('the newest entries were cut off', async () => {
    await look()
    await whileStopped(async (db) => {
      const { seq } = await db
        .selectFrom('audit_event')
        .select((eb) => eb.fn.max('seq').as('seq'))
        .executeTakeFirstOrThrow()
      await db
        .deleteFrom('audit_event')
        .where('seq', '>', Number(seq) - 5)
        .execute()
      await forgetTree(db)
    })
    const { proof } = await look()
    expect(proof).toEqual(alarm('shrank'))
  })

  it('D07 everything was restored from an older copy', async () => {
    const folder = dirname(database.logKey)
    const copy = `${folder}-copy`
    await running.stop()
    await cp(folder, copy, { recursive: true })
    await start()
    await look()
    await look()
    await whileStopped()
    expect((await look()).proof).toMatchObject({ outcome: 'complete' })

    await running.stop()
    // The key and its newest checkpoint are stored elsewhere, and are not restored with the database.
    await cp(copy, folder, { recursive: true, filter: (path) => !path.includes('.log-key') })
    await rm(join(copy), { recursive: true })
    await start({ acceptRollback: true })
    expect((await look()).proof).toEqual(alarm('shrank'))
    for (let time = 0; time < 20; time++) await worker.answers['search-patients']({ connectionId, query: {} })
    await whileStopped()
    expect((await look()).proof).toEqual(alarm('rewritten'))
  })

  it('an entry was edited, and the whole tree rebuilt and signed anew', async () => {
    await look()
    const edit = async (db: Db) => {
      const [, , entry] = await entriesAbout(db)
      const json = entry?.json.replaceAll('John Doe', 'Nobody') ?? ''
      await db
        .updateTable('audit_event')
        .set({ json })
        .where('id', '=', entry?.id ?? '')
        .execute()
      await forgetTree(db)
    }
    await whileStopped(edit)
    expect((await look()).proof).toEqual(alarm('rewritten'))
  })

  it('an entry was edited that was there at the last look', async () => {
    await look()
    await whileStopped()
    await look()
    await whileStopped(async (db) => {
      // As many entries as the browser knows, but different ones among them.
      const { note } = await db
        .selectFrom('audit_checkpoint')
        .select('note')
        .orderBy('key', 'desc')
        .offset(1)
        .limit(1)
        .executeTakeFirstOrThrow()
      const size = Number(note.split('\n')[1])
      const leaves = await db.selectFrom('audit_leaf').select('seq').where('index', '<', size).execute()
      await db
        .deleteFrom('audit_event')
        .where(
          'seq',
          'not in',
          leaves.map(({ seq }) => seq),
        )
        .execute()
      await db
        .updateTable('audit_event')
        .set({ outcome: '4' })
        .set((eb) => ({ json: eb.fn('replace', ['json', eb.val('"outcome":"0"'), eb.val('"outcome":"4"')]) }))
        .execute()
      await forgetTree(db)
    })
    expect((await look()).proof).toEqual(alarm('forked'))
  })

  it('another key signs', async () => {
    await look()
    await whileStopped(async (db) => {
      await forgetTree(db)
      await rm(database.logKey)
    })
    expect((await look()).proof).toEqual(alarm('unknown-key'))
  })
})
