import { cp } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkLog, type KeptCheckpoint } from '../../extension/access-log/proof/check-log.ts'
import type { StoredKnownLog } from '../../extension/storage/stored-log.ts'
import { signCheckpoint } from '../../server/audit/checkpoint/checkpoint.ts'
import { erasedColumns } from '../../server/audit/entry/columns.ts'
import { Finding } from '../../server/audit/entry/finding.ts'
import { redact } from '../../server/audit/entry/leaf.ts'
import { erasePerson } from '../../server/audit/erase/erase.ts'
import type { AccessLog } from '../../server/audit/open-log.ts'
import { rootAt } from '../../server/audit/tree/stored-tree.ts'
import { verifyLog } from '../../server/audit/verify/verify-log.ts'
import type { Db } from '../../server/store/schema.ts'
import type { Store } from '../../server/store/store.ts'
import { canonicalTexts } from '../fixtures/canonical-texts.ts'
import { flipped } from '../fixtures/forged-proofs.ts'
import { readLogKey } from '../fixtures/read-log-key.ts'
import { createKey } from '../fixtures/reference-log.ts'
import {
  appendClock,
  appendEntry,
  config,
  eventsIn,
  forgeClock,
  openLog,
  serveLog,
} from '../fixtures/served-log.ts'
import { learn, listingOf } from '../fixtures/small-log.ts'
import { createDatabase, type TestDatabase } from '../fixtures/store.ts'

/**
 * One log, judged twice: by the server's verifier, which reads the database, and by the extension's checker, which reads the same
 * database over HTTP and knows an earlier checkpoint. However the log was changed, they must agree.
 */
interface Verdicts {
  server: string
  extension: string
}

const sound = { server: 'sound', extension: 'proven' }

interface Judged {
  db: Db
  log: Pick<AccessLog, 'verifierKey'>
  kept?: KeptCheckpoint | undefined
  /** The memory of patient 1's browser. */
  known?: StoredKnownLog | undefined
  /** An entry that is in no list. */
  hidden?: string | undefined
}

const judge = async (
  { logKey }: TestDatabase,
  { db, log, kept, known, hidden }: Judged,
): Promise<Verdicts & { keep?: KeptCheckpoint | undefined; known?: StoredKnownLog }> => {
  const others = kept ? [{ note: kept.note, label: 'a browser' }] : []
  const server = await verifyLog(db, await readLogKey(logKey), { others }).then(
    () => 'sound',
    (error: unknown) => {
      if (error instanceof Finding) return error.kind
      throw error
    },
  )
  const events = (await eventsIn(db)).filter(({ id }) => id !== hidden)
  const now = Date.now() + 3_600_000
  // First everything, as an administrator reads it, then the list of patient 1.
  const all = await checkLog(serveLog(db, log), { kept, events, texts: canonicalTexts, now })
  const own = await checkLog(serveLog(db, log), {
    kept,
    events: events.filter(isAboutPatient1),
    texts: canonicalTexts,
    listing: listingOf(known && { known }),
    now,
  })
  const result = all.proof.outcome === 'proven' ? own : all
  const { proof, keep, listed } = result
  const extension = proof.outcome === 'alarm' ? proof.reason : proof.outcome
  return { server, extension, keep, ...(listed && { known: learn(result, known) }) }
}

const isAboutPatient1 = (event: Record<string, unknown>): boolean =>
  /"Patient\/1"/.test(JSON.stringify(event))

it('both accept an honest log at every size from 1 to 130 that it had', async () => {
  const database = await createDatabase('sqlite')
  const store = await database.open()
  const { db } = store
  const log = await openLog(store, database.logKey)
  for (let entry = 1; entry <= 130; entry++) await appendEntry(log, ['1', undefined, '2', '1'][entry % 4])
  await log.sign()
  const key = await readLogKey(database.logKey)
  if (!key) throw new Error('no key')
  const notes: string[] = []
  for (let size = 1; size <= 130; size++)
    notes.push(signCheckpoint({ origin: log.origin, size, root: await rootAt(db, size) }, key).note)

  const others = notes.map((note) => ({ note, label: 'a browser' }))
  expect((await verifyLog(db, key, { others })).checkpoints).toBeGreaterThanOrEqual(130)

  const events = await eventsIn(db)
  let checkpoint: KeptCheckpoint | undefined
  let known: StoredKnownLog | undefined
  for (const [at, note] of notes.entries()) {
    const size = at + 1
    const server = serveLog(db, { ...log, note: async () => note })
    const now = Date.now() + 3_600_000
    const shownEntries = events.slice(-size)
    const { proof, keep } = await checkLog(server, {
      ...{ kept: checkpoint, events: shownEntries, texts: canonicalTexts, now },
    })
    expect(proof, `${size}`).toMatchObject({ outcome: 'proven', proven: size, pending: 0 })
    const listing = listingOf(known && { known })
    const own = await checkLog(server, {
      kept: keep,
      events: shownEntries.filter(isAboutPatient1),
      texts: canonicalTexts,
      listing,
      now,
    })
    expect(own.proof, `${size}`).toMatchObject({ outcome: 'proven', pending: 0 })
    if (own.listed) known = learn(own, known)
    checkpoint = keep
  }
  await log.close()
  await store.close()
  await database.close()
}, 60_000)

it('both accept a log from which a patient was erased', async () => {
  const database = await createDatabase('sqlite')
  const store = await database.open()
  const log = await openLog(store, database.logKey)
  for (let entry = 1; entry <= 21; entry++) await appendEntry(log, ['1', undefined, '2', '1'][entry % 4])
  await log.sign()
  const { keep: checkpoint } = await judge(database, { db: store.db, log })
  const key = await readLogKey(database.logKey)
  expect(
    await erasePerson(
      store,
      { patient: '1', accounts: [], values: [], names: [] },
      { config, clock: Date.now, key },
    ),
  ).toBeGreaterThan(0)
  expect(JSON.stringify(await eventsIn(store.db))).not.toContain('Patient/1')
  await appendEntry(log, '2')
  await log.sign()
  expect(await judge(database, { db: store.db, log, kept: checkpoint })).toMatchObject(sound)
  await log.close()
  await store.close()
  await database.close()
})

describe('both refuse a log in which', () => {
  let made: TestDatabase
  let checkpoint: KeptCheckpoint | undefined
  let known: StoredKnownLog | undefined
  let verifierKey: string

  /** 21 entries; the browser saw the first 13 of them. */
  beforeAll(async () => {
    made = await createDatabase('sqlite')
    const store = await made.open()
    const log = await openLog(store, made.logKey)
    verifierKey = log.verifierKey
    for (let entry = 1; entry <= 21; entry++) {
      await appendEntry(log, ['1', undefined, '2', '1'][entry % 4])
      if (entry === 13 || entry === 21) await log.sign()
      if (entry === 13) ({ keep: checkpoint, known } = await judge(made, { db: store.db, log }))
    }
    expect(await judge(made, { db: store.db, log, kept: checkpoint, known })).toMatchObject(sound)
    await log.close()
    await store.close()
  })
  afterAll(() => made.close())

  const event = (db: Db, index: number) =>
    db
      .selectFrom('audit_leaf')
      .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
      .selectAll('audit_event')
      .select('count')
      .where('index', '=', index)
      .executeTakeFirstOrThrow()

  const newest = (db: Db) =>
    db.selectFrom('audit_checkpoint').selectAll().orderBy('key', 'desc').limit(1).executeTakeFirstOrThrow()

  const resign = async (db: Db, note: (before: string) => string) => {
    const { key, note: before } = await newest(db)
    await db
      .updateTable('audit_checkpoint')
      .set({ note: note(before) })
      .where('key', '=', key)
      .execute()
  }

  const forgeries: [what: string, forge: (db: Db) => Promise<unknown>, expected: Verdicts][] = [
    [
      'an entry was edited',
      async (db) => {
        const { id, json } = await event(db, 7)
        const edited = json.replace('Dr. Lee', 'Dr. Who')
        expect(edited).not.toBe(json)
        await db.updateTable('audit_event').set({ json: edited }).where('id', '=', id).execute()
      },
      { server: 'edited', extension: 'altered' },
    ],
    [
      'one salt was changed',
      async (db) => {
        const { id, salt } = await event(db, 7)
        const other = flipped(salt ?? new Uint8Array())
        await db.updateTable('audit_event').set({ salt: other }).where('id', '=', id).execute()
      },
      { server: 'edited', extension: 'altered' },
    ],
    [
      'one salt was taken away',
      async (db) => {
        const { id } = await event(db, 7)
        await db.updateTable('audit_event').set({ salt: null }).where('id', '=', id).execute()
      },
      { server: 'edited', extension: 'altered' },
    ],
    [
      'F30 an entry lost what is personal in it',
      async (db) => {
        const { id, json, salt } = await event(db, 7)
        const blank = JSON.stringify(redact(JSON.parse(json), salt ?? new Uint8Array()))
        await db.updateTable('audit_event').set(erasedColumns(blank)).where('id', '=', id).execute()
      },
      { server: 'blanked', extension: 'blanked' },
    ],
    [
      'two entries changed their texts',
      async (db) => {
        const [a, b] = [await event(db, 3), await event(db, 7)]
        const write = (seq: number, json: string) =>
          db.updateTable('audit_event').set({ json }).where('seq', '=', seq).execute()
        await write(a.seq, b.json.replace(b.id, a.id))
        await write(b.seq, a.json.replace(a.id, b.id))
      },
      { server: 'edited', extension: 'altered' },
    ],
    [
      'two entries changed places',
      async (db) => {
        const leaf = (index: number) =>
          db.selectFrom('audit_leaf').select('seq').where('index', '=', index).executeTakeFirstOrThrow()
        const [a, b] = [await leaf(3), await leaf(7)]
        const place = (index: number, seq: number) =>
          db.updateTable('audit_leaf').set({ seq }).where('index', '=', index).execute()
        await place(3, -1)
        await place(7, a.seq)
        await place(3, b.seq)
      },
      { server: 'reordered', extension: 'altered' },
    ],
    [
      'one number was changed',
      (db) => db.updateTable('audit_leaf').set({ count: 99 }).where('index', '=', 7).execute(),
      { server: 'edited', extension: 'altered' },
    ],
    [
      'an entry is gone',
      async (db) => {
        const { seq } = await event(db, 7)
        await db.deleteFrom('audit_event').where('seq', '=', seq).execute()
      },
      { server: 'removed', extension: 'gap' },
    ],
    [
      'an entry stands beside the tree',
      async (db) => {
        const { count: _count, ...entry } = await event(db, 7)
        const id = '00000000-0000-4000-8000-000000000000'
        const json = JSON.stringify({ ...JSON.parse(entry.json), id })
        await db
          .insertInto('audit_event')
          .values({ ...entry, seq: 1000, id, json })
          .execute()
        await db.deleteFrom('audit_queue').execute()
      },
      { server: 'inserted', extension: 'missing' },
    ],
    [
      'a hash of the tree was changed',
      async (db) => {
        const leaf = db.selectFrom('audit_leaf').select('hash').where('index', '=', 6)
        const { hash } = await leaf.executeTakeFirstOrThrow()
        await db
          .updateTable('audit_leaf')
          .set({ hash: flipped(hash) })
          .where('index', '=', 6)
          .execute()
      },
      { server: 'edited', extension: 'rewritten' },
    ],
    [
      'the checkpoint says another size',
      (db) => resign(db, (note) => note.replace('\n21\n', '\n20\n')),
      { server: 'forged checkpoint', extension: 'bad-signature' },
    ],
    [
      'the checkpoint says another root',
      (db) => resign(db, (note) => note.replace(/\n[^\n]+\n\n/, `\n${'A'.repeat(43)}=\n\n`)),
      { server: 'forged checkpoint', extension: 'bad-signature' },
    ],
    [
      'the checkpoint is of another log',
      (db) => resign(db, (note) => note.replaceAll('clinic.example', 'other.example')),
      { server: 'forged checkpoint', extension: 'other-origin' },
    ],
    [
      'the checkpoint is signed by another key',
      (db) =>
        resign(db, (note) =>
          createKey('clinic.example/audit').note(21, Buffer.from(note.split('\n')[2] ?? '', 'base64')),
        ),
      { server: 'forged checkpoint', extension: 'unknown-key' },
    ],
    [
      'the checkpoint cannot be read',
      (db) => resign(db, () => 'checkpoint'),
      { server: 'forged checkpoint', extension: 'malformed' },
    ],
    [
      'the end is gone, and the checkpoints over it',
      async (db) => {
        await db
          .deleteFrom('audit_event')
          .where('seq', '>', (await event(db, 9)).seq)
          .execute()
        await db.deleteFrom('audit_leaf').where('index', '>', 9).execute()
        await db.deleteFrom('audit_checkpoint').where('size', '>', 10).execute()
      },
      { server: 'rolled back', extension: 'shrank' },
    ],
  ]

  it.each(forgeries)('%s', async (_what, forge, expected) => {
    const database = await createDatabase('sqlite')
    const file = (url: string) => url.replace('sqlite:', '')
    await cp(file(made.url), file(database.url))
    await cp(made.logKey, database.logKey)
    const store = await database.open()
    await forge(store.db)
    const { keep, ...verdicts } = await judge(database, {
      db: store.db,
      log: { verifierKey },
      kept: checkpoint,
      known,
    })
    expect(verdicts).toEqual(expected)
    expect(keep).toBeUndefined()
    await store.close()
    await database.close()
  })

  /** The keeper of the log starts the server over a copy, which then signs the change. */
  const appended = async (
    work: (log: AccessLog, store: Store, keyFile: string) => Promise<string | undefined>,
  ): Promise<Verdicts> => {
    const database = await createDatabase('sqlite')
    const file = (url: string) => url.replace('sqlite:', '')
    await cp(file(made.url), file(database.url))
    await cp(made.logKey, database.logKey)
    await cp(`${made.logKey}.checkpoint`, `${database.logKey}.checkpoint`)
    const store = await database.open()
    const log = await openLog(store, database.logKey)
    const hidden = await work(log, store, database.logKey)
    await log.sign()
    const { server, extension } = await judge(database, {
      db: store.db,
      log,
      kept: checkpoint,
      known,
      hidden,
    })
    await log.close()
    await store.close()
    await database.close()
    return { server, extension }
  }

  it('F73 an entry was appended with an old date', async () => {
    const yesterday = Date.now() - 86_400_000
    expect(
      await appended(async (log) => {
        await appendEntry(log, '1', yesterday)
        return undefined
      }),
    ).toEqual({ server: 'misdated', extension: 'misdated' })
  })

  it("F73 times go back because the operator set the clock back: only a patient's list, which does not say so, is refused", async () => {
    const yesterday = Date.now() - 86_400_000
    expect(
      await appended(async (log, store, keyFile) => {
        await appendClock(store, keyFile, yesterday)
        await appendEntry(log, '1', yesterday + 1000)
        return undefined
      }),
    ).toEqual({ server: 'sound', extension: 'misdated' })
  })

  it('J06 somebody without the key of the log says that the operator set the clock back', async () => {
    const yesterday = Date.now() - 86_400_000
    expect(
      await appended(async (log) => {
        await forgeClock(log, yesterday)
        await appendEntry(log, '1', yesterday + 1000)
        return undefined
      }),
    ).toEqual({ server: 'forged', extension: 'forged' })
  })

  it("F73 an entry is left out, and its number was to be given again: the next one gets its own, and only a patient's list, which has a gap, is refused", async () => {
    expect(
      await appended(async (log) => {
        const { db } = log.store
        const { id, count } = await event(db, 3)
        await db
          .updateTable('audit_patient')
          .set({ entries: (count ?? 0) - 1 })
          .where('patient', '=', '1')
          .execute()
        await appendEntry(log, '1')
        return id
      }),
    ).toEqual({ server: 'sound', extension: 'gap' })
  })
})
