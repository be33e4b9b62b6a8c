import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findPinnedCheckpoint } from '../../../server/audit/checkpoint/log-key.ts'
import { LARGEST_NUMBER } from '../../../server/audit/entry/entry-limits.ts'
import { Finding } from '../../../server/audit/entry/finding.ts'
import { hashOfEntry } from '../../../server/audit/entry/leaf.ts'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import type { Db } from '../../../server/store/schema.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { runVerify, spawnCommand } from '../../fixtures/run-command.ts'
import { engines } from '../../fixtures/store.ts'
import { createLog, type TestLog } from './logged.ts'

it('counts one entry as one', async () => {
  const test = await createLog('sqlite')
  await test.append('ana')
  await test.log.sign()
  const { status, out } = await spawnCommand('verify', [
    ...['--db', test.database.url, '--log-key', test.database.logKey],
  ])
  expect(status).toBe(0)
  expect(out).toMatch(/^The access log is sound: 1 entry, \d checkpoints?\.\n$/)
  await test.close()
})

describe.each(engines)('a log that somebody changed, on %s', { timeout: 60_000 }, (engine) => {
  let test: TestLog
  let db: Db
  beforeEach(async () => {
    test = await createLog(engine)
    db = test.store.db
    for (let round = 0; round < 10; round++) await test.append('ana', 'ben', undefined, 'ana')
    await test.log.sign()
    await test.append('ana', 'ben', 'ben')
    await test.log.sign()
  })
  afterEach(() => test.close())

  const ids = async () => {
    const rows = await db
      .selectFrom('audit_leaf')
      .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
      .select('id')
      .orderBy('index')
      .execute()
    return rows.map(({ id }) => id)
  }
  const tamper = (work: (trx: Db) => Promise<unknown>) =>
    test.store.write(async (trx) => {
      await work(trx)
    })
  const verify = async (others: { note: string; label: string }[] = []) => {
    try {
      return await verifyLog(db, await readLogKey(test.database.logKey), { others })
    } catch (error) {
      if (error instanceof Finding) return error.message
      throw error
    }
  }
  const seqAt = async (index: number) =>
    (await db.selectFrom('audit_leaf').select('seq').where('index', '=', index).executeTakeFirstOrThrow()).seq
  /** The tree rebuilt over the current entries, as an attacker with the whole database would do. It has no full tile. */
  const rehash = async (trx: Db) => {
    const rows = await trx
      .selectFrom('audit_leaf')
      .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
      .select(['index', 'json', 'salt', 'count'])
      .orderBy('index')
      .execute()
    for (const row of rows)
      await trx
        .updateTable('audit_leaf')
        .set({ hash: hashOfEntry(row) })
        .where('index', '=', row.index)
        .execute()
  }

  it('is valid before the change', async () => {
    expect(await verify()).toEqual({
      ...{ entries: 43, waiting: 0, checkpoints: 3, confirmed: expect.stringContaining('\n43\n') },
    })
    const pinned = (await findPinnedCheckpoint(test.database.logKey)) ?? ''
    expect(await verify([{ note: pinned, label: 'elsewhere' }])).toMatchObject({ checkpoints: 4 })
    const { status, out } = await runVerify(['--db', test.database.url, '--log-key', test.database.logKey])
    expect([status, out]).toEqual([0, 'The access log is sound: 43 entries, 4 checkpoints.\n'])
  })

  it('D05 one changed letter names its entry', async () => {
    const seq = await seqAt(17)
    await tamper((trx) =>
      trx
        .updateTable('audit_event')
        .set({ json: sql<string>`replace(json, 'Carekey', 'Carekez')` })
        .where('seq', '=', seq)
        .execute(),
    )
    const where = ['--db', test.database.url, '--log-key', test.database.logKey]
    const { status, out, last } = await spawnCommand('verify', where)
    expect([status, out]).toEqual([1, ''])
    expect(last).toBe(`edited: entry 17 (AuditEvent/${(await ids())[17]}) is not what was logged.`)
  })

  it('a lost salt, column or text names its entry', async () => {
    const seq = await seqAt(5)
    const entry = `entry 5 (AuditEvent/${(await ids())[5]})`
    for (const [set, text] of [
      [{ salt: new Uint8Array(16) }, `edited: ${entry} is not what was logged.`],
      [{ salt: null }, `edited: ${entry} is not what was logged.`],
      [{ json: '{' }, `edited: ${entry} is not what was logged.`],
      [{ patient: 'carl' }, `edited: ${entry} has another value in the column patient than was logged.`],
      [{ recorded: 1 }, `edited: ${entry} has another value in the column recorded than was logged.`],
      [{ outcome: '4' }, `edited: ${entry} has another value in the column outcome than was logged.`],
    ] as const) {
      const before = await db
        .selectFrom('audit_event')
        .selectAll()
        .where('seq', '=', seq)
        .executeTakeFirstOrThrow()
      await tamper((trx) => trx.updateTable('audit_event').set(set).where('seq', '=', seq).execute())
      expect(await verify()).toBe(text)
      await tamper((trx) => trx.updateTable('audit_event').set(before).where('seq', '=', seq).execute())
    }
    expect(await verify()).toMatchObject({ entries: 43 })
  })

  it('a removed entry is named, with or without its place', async () => {
    const seq = await seqAt(20)
    const id = (await ids())[20]
    const event = await db
      .selectFrom('audit_event')
      .selectAll()
      .where('seq', '=', seq)
      .executeTakeFirstOrThrow()
    await tamper((trx) => trx.deleteFrom('audit_event').where('seq', '=', seq).execute())
    expect(await verify()).toBe('removed: entry 20 (its AuditEvent is gone).')
    await tamper(async (trx) => {
      await trx.insertInto('audit_event').values(event).execute()
      await trx.deleteFrom('audit_queue').execute()
      await trx.deleteFrom('audit_leaf').where('seq', '=', seq).execute()
    })
    expect(await verify()).toBe(`removed: entry 20 (AuditEvent/${id}) has lost its place.`)
  })

  it('swapped entries are named', async () => {
    const [one, other] = [await seqAt(9), await seqAt(30)]
    const id = (await ids())[30]
    await tamper(async (trx) => {
      await trx.updateTable('audit_leaf').set({ seq: -1 }).where('seq', '=', one).execute()
      await trx.updateTable('audit_leaf').set({ seq: one }).where('seq', '=', other).execute()
      await trx.updateTable('audit_leaf').set({ seq: other }).where('seq', '=', -1).execute()
    })
    expect(await verify()).toBe(`reordered: entry 9 (AuditEvent/${id}) stands at 9; it was logged at 30.`)
  })

  it.each([-7, LARGEST_NUMBER + 1, Number.MAX_SAFE_INTEGER])(
    'D05 an entry that was moved out of every list, to %d, is named',
    async (outside) => {
      const seq = await seqAt(9)
      const id = (await ids())[9]
      await tamper(async (trx) => {
        for (const table of ['audit_event', 'audit_leaf'] as const)
          await trx.updateTable(table).set({ seq: outside }).where('seq', '=', seq).execute()
      })
      expect(await verify()).toBe(
        `reordered: AuditEvent/${id} (written as ${outside}) has a number that no list of the log reaches.`,
      )
    },
  )

  it('an entry that was inserted beside the log is named', async () => {
    const id = 'd9f7a3a1-0000-4000-8000-000000000000'
    const event = await db.selectFrom('audit_event').selectAll().limit(1).executeTakeFirstOrThrow()
    await tamper(async (trx) => {
      await trx
        .insertInto('audit_event')
        .values({ ...event, seq: 1000, id })
        .execute()
      await trx.deleteFrom('audit_queue').execute()
    })
    expect(await verify()).toBe(
      `inserted: AuditEvent/${id} (written as 1000) has no place in the log and is not waiting for one.`,
    )
  })

  it('the checkpoints show that everything was rebuilt over an edited entry', async () => {
    const seq = await seqAt(41)
    const change = { json: sql<string>`replace(json, '"outcome":"0"', '"outcome":"4"')`, outcome: '4' }
    await tamper(async (trx) => {
      await trx.updateTable('audit_event').set(change).where('seq', '=', seq).execute()
      await rehash(trx)
    })
    expect(await verify()).toMatch(
      /^edited: entry 40, or a later one before entry 43, is not what was signed/,
    )
  })

  it("a patient's numbers show which entry is missing, after the places behind it were filled", async () => {
    const seq = await seqAt(7)
    await tamper(async (trx) => {
      await trx.deleteFrom('audit_leaf').where('seq', '=', seq).execute()
      await trx.deleteFrom('audit_event').where('seq', '=', seq).execute()
      for (let index = 8; index < 43; index++)
        await trx
          .updateTable('audit_leaf')
          .set({ index: index - 1 })
          .where('index', '=', index)
          .execute()
    })
    const next = (await ids())[7]
    expect(await verify()).toBe(
      `removed: entry 7 (AuditEvent/${next}) is number 5 about its patient; an earlier one is gone.`,
    )
  })

  it('a changed hash of the tree is named', async () => {
    await Promise.all(Array.from({ length: 600 - 43 }, () => test.append('ana')))
    await test.log.sign()
    const change = (level: number, at: number) =>
      tamper(async (trx) => {
        const tile = trx.selectFrom('audit_tile').select('hashes').where('level', '=', level)
        const { hashes } = await tile.where('index', '=', 0).executeTakeFirstOrThrow()
        const changed = Buffer.from(hashes)
        changed.writeUInt8(changed.readUInt8(32 * at) ^ 1, 32 * at)
        await trx
          .updateTable('audit_tile')
          .set({ hashes: changed })
          .where('level', '=', level)
          .where('index', '=', 0)
          .execute()
      })
    expect(await verify()).toMatchObject({ entries: 600 })
    await change(1, 1)
    expect(await verify()).toMatch(/^edited: entry 256 \(.+\), or a later one before entry 512, is not/)
    await change(0, 12)
    expect(await verify()).toMatch(/^edited: entry 12 \(.+\) is not what the tree was built from/)
    await tamper((trx) => trx.deleteFrom('audit_tile').execute())
    expect(await verify()).toMatch(/^edited: entry 0 \(.+\) is not what the tree was built from/)
  })

  it('D06 a checkpoint from elsewhere shows that the last entries are missing', async () => {
    const file = join(test.database.logKey, '..', 'saved.checkpoint')
    await writeFile(file, (await test.log.checkpoint()).note)
    await tamper(async (trx) => {
      await trx
        .deleteFrom('audit_event')
        .where('seq', '>=', await seqAt(33))
        .execute()
      await trx.deleteFrom('audit_leaf').where('index', '>=', 33).execute()
      await trx.deleteFrom('audit_checkpoint').where('size', '>', 33).execute()
      for (const [patient, entries] of [
        ['ana', 17],
        ['ben', 8],
      ] as const)
        await trx.updateTable('audit_patient').set({ entries }).where('patient', '=', patient).execute()
    })
    expect(await verify()).toMatchObject({ entries: 33 })
    // Not even the file beside the key exists.
    const key = join(test.database.logKey, '..', 'public.key')
    await writeFile(key, `${test.log.verifierKey}\n`)
    const where = ['--db', test.database.url, '--log-key', key, '--checkpoint', file]
    const { status, last } = await runVerify(where)
    expect(status).toBe(1)
    expect(last).toBe(
      `rolled back: entries 33 to 42 are gone: they were signed (${file}), but the log ends before them.`,
    )
  })

  /** Changes how an entry is written, and not its hash. */
  const respell = async (index: number) => {
    const seq = await seqAt(index)
    await tamper((trx) =>
      trx
        .updateTable('audit_event')
        .set({ json: sql`replace(json, '"recorded"', '"Recorded"')` })
        .where('seq', '=', seq)
        .execute(),
    )
  }

  it('T10 what an earlier check has read is not read again, but its hashes are compared', async () => {
    // More than a tile of the tree.
    await test.append(...Array<string>(230).fill('ana'))
    await test.log.sign()
    const file = join(test.database.logKey, '..', 'verified.txt')
    await writeFile(file, (await test.log.checkpoint()).note)
    await test.append('ana', 'ben')
    await test.log.sign()
    const where = ['--db', test.database.url, '--log-key', test.database.logKey, '--from', file]
    await respell(3)
    expect((await runVerify(where.slice(0, 4))).status).toBe(1)
    const again = await runVerify(where)
    expect([again.status, again.error]).toEqual([0, ''])
    expect(again.out).toMatch(
      /was not read again, only their hashes\.\nThe access log is sound: 275 entries, \d checkpoints?\.\n$/,
    )
    // It has the checkpoint of this check now.
    const written = await readFile(file, 'utf8')
    expect(written).toContain('\n275\n')
    await test.append('ana')
    await test.log.sign()
    await respell(275)
    expect((await runVerify(where)).last).toContain('entry 275')
    expect(await readFile(file, 'utf8')).toBe(written)

    await writeFile(file, (await test.log.checkpoint()).note.replace('\n276\n', '\n274\n'))
    expect((await runVerify(where)).last).toContain('forged checkpoint')
  })

  it('T10 where the file of an earlier check is missing, everything is read, and it is written if the log is sound', async () => {
    const file = join(test.database.logKey, '..', 'verified.txt')
    const where = ['--db', test.database.url, '--log-key', test.database.logKey, '--from', file]
    const first = await runVerify(where)
    expect([first.status, first.out]).toEqual([0, expect.not.stringContaining('was not read again')])
    expect(await readFile(file, 'utf8')).toBe((await test.log.checkpoint()).note)
    expect((await runVerify(where)).out).toContain('was not read again')
    await rm(file)
    await respell(1)
    expect((await runVerify(where)).status).toBe(1)
    await expect(readFile(file)).rejects.toThrow('ENOENT')
  })

  it('T10 a checkpoint in the database never makes the file of an earlier check smaller', async () => {
    const file = join(test.database.logKey, '..', 'verified.txt')
    const where = ['--db', test.database.url, '--log-key', test.database.logKey, '--from', file]
    expect((await runVerify(where)).status).toBe(0)
    const written = await readFile(file, 'utf8')
    // Whoever writes the database signs nothing, but can show an old checkpoint of this log again, as its newest.
    const [old] = await db.selectFrom('audit_checkpoint').selectAll().where('size', '=', 40).execute()
    if (!old) throw new Error('There is no checkpoint over 40 entries.')
    const { key, ...again } = old
    await tamper((trx) =>
      trx
        .insertInto('audit_checkpoint')
        .values({ ...again, key: key + 100 })
        .execute(),
    )
    expect((await runVerify(where)).status).toBe(0)
    expect(await readFile(file, 'utf8')).toBe(written)
  })

  if (engine === 'sqlite')
    it('D06 a checkpoint is found whose size is no number', async () => {
      await tamper((trx) =>
        sql`insert into audit_checkpoint (key, size, signed_at, note) values (1000, 'x', 0, 'hello')`.execute(
          trx,
        ),
      )
      expect(await verify()).toBe(
        'forged checkpoint: checkpoint 1000 in the database has a number that no server gives.',
      )
    })

  const TAMPERINGS: Readonly<Record<string, (trx: Db) => Promise<unknown>>> = {
    'a hash': (trx) =>
      trx
        .updateTable('audit_leaf')
        .set({ hash: new Uint8Array(32) })
        .where('index', '=', 7)
        .execute(),
    'a place': (trx) => trx.deleteFrom('audit_leaf').where('index', '=', 3).execute(),
    'an entry': (trx) =>
      trx
        .deleteFrom('audit_event')
        .where('seq', '=', (eb) => eb.selectFrom('audit_leaf').select('seq').where('index', '=', 5))
        .execute(),
    'a number': (trx) => trx.updateTable('audit_leaf').set({ count: 99 }).where('index', '=', 4).execute(),
  }

  it.each(Object.entries(TAMPERINGS))(
    'T10 %s of what an earlier check has read is compared all the same',
    async (_, change) => {
      const file = join(test.database.logKey, '..', 'verified.txt')
      await writeFile(file, (await test.log.checkpoint()).note)
      await test.append('ana')
      await test.log.sign()
      const where = ['--db', test.database.url, '--log-key', test.database.logKey, '--from', file]
      expect((await runVerify(where)).status).toBe(0)
      await tamper(change)
      expect((await runVerify(where)).status).toBe(1)
    },
  )

  it('D06 without the key nothing passes for sound, also if no checkpoint is left', async () => {
    const where = ['--db', test.database.url]
    const unchecked = (file: RegExp) => ({ status: 2, out: '', last: expect.stringMatching(file) })
    expect(await runVerify([...where, '--log-key', '/nope'])).toMatchObject(
      unchecked(/^There is no file \/nope,/),
    )
    await rm(test.database.logKey)
    // Checkpoints that nobody can verify raise no alarm.
    const missing = unchecked(/^There is no file .+\.log-key, which should hold the key/)
    expect(await runVerify(where)).toMatchObject(missing)
    await tamper((trx) => trx.deleteFrom('audit_checkpoint').execute())
    await rm(`${test.database.logKey}.checkpoint`)
    expect(await runVerify(where)).toMatchObject(missing)
  })

  it('D06 of a copy, the entries that nothing signs are told, and a log of which nothing is signed is not sound', async () => {
    const where = ['--db', test.database.url, '--log-key', test.database.logKey]
    await rm(`${test.database.logKey}.checkpoint`)
    const removeAfter = (size: number) =>
      tamper((trx) => trx.deleteFrom('audit_checkpoint').where('size', '>', size).execute())
    await removeAfter(40)
    const { status, out } = await runVerify(where)
    expect(status).toBe(0)
    expect(out).toMatch(
      /^3 entries are newer than the last checkpoint, so nothing shows that they are as written\./m,
    )
    await removeAfter(0)
    expect(await runVerify(where)).toMatchObject({
      status: 1,
      last: expect.stringMatching(/^Nothing of this log is signed/),
    })
  })

  it('a file that does not exist is named in words', async () => {
    const { status, last } = await runVerify(['--db', test.database.url, '--checkpoint', '/nope'])
    expect(status).toBe(2)
    expect(last).toContain('/nope')
    expect(last).not.toContain('ENOENT')
  })

  it('D10 the fault of a checkpoint is named', async () => {
    const { note } = await test.log.checkpoint()
    const verifyNote = (text: string) => verify([{ note: text, label: 'FILE' }])
    expect(await verifyNote(note.replace('\n43\n', '\n42\n'))).toBe(
      'forged checkpoint: FILE is not valid: Its signature is not valid: the text was changed.',
    )
    expect(await verifyNote(note.replaceAll('localhost', 'evil'))).toBe(
      "forged checkpoint: FILE is not valid: its origin evil:3100/audit is not this log's.",
    )
    expect(await verifyNote('anything')).toBe('forged checkpoint: FILE is not valid: It is not a checkpoint.')
    await tamper((trx) =>
      trx.updateTable('audit_checkpoint').set({ size: 41 }).where('size', '=', 40).execute(),
    )
    expect(await verify()).toMatch(
      /^forged checkpoint: checkpoint 2 in the database, of .+ is stored with a size of 41,/,
    )
  })
})
