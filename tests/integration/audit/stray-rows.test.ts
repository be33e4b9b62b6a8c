import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { Finding } from '../../../server/audit/entry/finding.ts'
import { erasePerson } from '../../../server/audit/erase/erase.ts'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import type { LogTable } from '../../../server/audit/verify/verify-rows.ts'
import type { Db } from '../../../server/store/schema.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { engines } from '../../fixtures/store.ts'
import { createLog, openLog, type TestLog, unknown } from './logged.ts'

const bytes = (length: number) => sql.lit(`\\x${'00'.repeat(length)}`)
const zeros = (engine: string, length: number) =>
  engine === 'sqlite' ? sql`zeroblob(${sql.lit(length)})` : sql`${bytes(length)}::bytea`

type Plant = (engine: string) => ReturnType<typeof sql>

interface Stray {
  readonly plant: Plant
  readonly finding: RegExp
  /** What signing says; the log goes on if absent. */
  readonly stops?: RegExp
  /** Nothing takes it away but what was signed before. */
  readonly stays?: true
  /** The numbers of a patient's entries, where they show that some may have been deleted. */
  readonly numbers?: Readonly<Record<string, readonly number[]>>
}

/** For each table, rows that whoever can write the database adds or takes away, of a log over ana, ben, ana. */
const STRAY: Readonly<Record<LogTable, Readonly<Record<string, Stray>>>> = {
  audit_event: {
    'an entry before the first': {
      plant: () => sql`insert into audit_event (seq, id, recorded, type, subtype, outcome, request_id, json)
        values (-1, 'x', 0, '', '', '', '', '{}')`,
      // It may have got a place meanwhile, as it waited for one.
      finding:
        /^(reordered: AuditEvent\/x \(written as -1\) has a number|unreadable: entry 3 \(AuditEvent\/x\))/,
      stays: true,
    },
  },
  audit_leaf: {
    'a place before the first': {
      plant: (engine) =>
        sql`insert into audit_leaf ("index", seq, hash) values (-1, -5, ${zeros(engine, 32)})`,
      finding: /^(inserted: entry -1 |removed: entry -1 )/,
      stays: true,
    },
    'a place far behind the last': {
      plant: (engine) =>
        sql`insert into audit_leaf ("index", seq, hash) values (999, 999, ${zeros(engine, 32)})`,
      finding: /^removed: /,
      stops: /./,
      stays: true,
    },
  },
  audit_checkpoint: {
    'one with a number that no server gives': {
      plant: () => sql`insert into audit_checkpoint ("key", size, signed_at, note) values (-1, 1, 0, 'x')`,
      finding: /^forged checkpoint: checkpoint -1 in the database /,
      stays: true,
    },
  },
  audit_queue: {
    'an entry that has its place': {
      plant: () => sql`insert into audit_queue (seq) select seq from audit_leaf where "index" = 1`,
      finding: /^inserted: the queue names entry 1, which has its place/,
    },
    'an entry that does not exist': {
      plant: () => sql`insert into audit_queue (seq) values (77777)`,
      finding: /^removed: the queue names an entry written as 77777, which does not exist/,
    },
  },
  audit_tile: {
    'a tile of leaves that is not full': {
      plant: (engine) =>
        sql`insert into audit_tile (level, "index", hashes) values (0, 0, ${zeros(engine, 64)})`,
      finding: /^edited: the stored tile 0 of level 0 holds more or fewer hashes/,
    },
    'a full tile of leaves that are not there': {
      plant: (engine) =>
        sql`insert into audit_tile (level, "index", hashes) values (0, 5, ${zeros(engine, 8192)})`,
      finding: /^edited: the stored tile 5 of level 0 /,
    },
    'a tile above the tree': {
      plant: (engine) =>
        sql`insert into audit_tile (level, "index", hashes) values (1, 0, ${zeros(engine, 32)})`,
      finding: /^edited: the stored tile 0 of level 1 /,
    },
    'a tile of no level': {
      plant: (engine) =>
        sql`insert into audit_tile (level, "index", hashes) values (9, 0, ${zeros(engine, 32)})`,
      finding: /^edited: the stored tile 0 of level 9 /,
    },
  },
  audit_patient: {
    'the count of somebody without entries': {
      plant: () => sql`insert into audit_patient (patient, entries) values ('cem', 41)`,
      finding: /^inserted: 41 entries were counted about a patient about whom there is none/,
      numbers: { cem: [42] },
      stays: true,
    },
    'a count that is gone': {
      plant: () => sql`delete from audit_patient where patient = 'ana'`,
      finding: /^removed: entry 2 is the last one about its patient, number 2, but none were counted/,
    },
    'a count that is too low': {
      plant: () => sql`update audit_patient set entries = 1 where patient = 'ana'`,
      finding: /^removed: entry 2 is the last one about its patient, number 2, but 1 were counted/,
    },
    'a count to which no engine can add': {
      plant: () => sql`update audit_patient set entries = 9223372036854775807 where patient = 'ana'`,
      finding: /^(removed|unreadable): /,
    },
    'a count that is too high': {
      plant: () => sql`update audit_patient set entries = 9 where patient = 'ana'`,
      finding: /^removed: entry 2 is the last one about its patient, number 2, but 9 were counted/,
      numbers: { ana: [1, 2, 10] },
      stays: true,
    },
  },
  audit_erasure: {
    'of an entry that is not erased': {
      plant: (engine) => sql`insert into audit_erasure (seq, erasure, nonce)
        select seq, seq, ${zeros(engine, 16)} from audit_leaf where "index" = 1`,
      finding: /^inserted: an erasure is stored for the entry written as \d+, which is not erased/,
    },
  },
}

const cases = Object.entries(STRAY).flatMap(([table, rows]) =>
  Object.entries(rows).map(([what, stray]) => [table, what, stray] as const),
)

describe.each(engines)('a stray row of the log, on %s', { timeout: 60_000 }, (engine) => {
  const check = async ({ store, database }: TestLog, from = 0): Promise<string | number> => {
    try {
      return (await verifyLog(store.db, await readLogKey(database.logKey), { from })).entries
    } catch (error) {
      if (error instanceof Finding) return error.message
      throw error
    }
  }
  const start = async () => {
    const test = await createLog(engine)
    await test.append('ana', 'ben', 'ana')
    await test.log.sign()
    expect(await check(test)).toBe(3)
    return test
  }
  const numbersOf = async (db: Db, patient: string) => {
    const rows = await db
      .selectFrom('audit_leaf')
      .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
      .select('count')
      .where('patient', '=', patient)
      .orderBy('index')
      .execute()
    return rows.map(({ count }) => count)
  }

  it.each([
    [
      'longer',
      (engine: string) => {
        const longer = sql`hashes || ${zeros(engine, 32)}`
        return sql`update audit_tile set hashes = ${engine === 'sqlite' ? sql`cast(${longer} as blob)` : longer} where level = 1`
      },
    ],
    ['shorter', (engine: string) => sql`update audit_tile set hashes = ${zeros(engine, 0)} where level = 1`],
  ])(
    'J08 a tile above the leaves that is %s than the tree is rebuilt when the operator accepts the log',
    async (_how, plant) => {
      const test = await start()
      for (let round = 0; round < 85; round++) await test.append('ana', 'ben', 'ana')
      await test.append('ana', 'ben')
      await test.log.sign()
      expect(await check(test)).toBe(260)
      const tiles = () => test.store.db.selectFrom('audit_tile').selectAll().orderBy('level').execute()
      const before = await tiles()
      expect(before.map(({ level }) => level)).toEqual([0, 1])
      await test.store.write((trx) => plant(engine).execute(trx))
      expect(await check(test)).toMatch(/^edited: /)
      await test.log.close()
      const again = await openLog(test.store, test.database.logKey, true)
      await again.sign()
      await again.close()
      expect(await tiles()).toEqual(before)
      expect(await check(test)).toBe(261)
      await test.store.close()
      await test.database.close()
    },
  )

  it.each(cases)(
    'J08 in %s, %s: is named, and the log goes on or says why it does not',
    async (_table, _what, stray) => {
      const test = await start()
      await test.store.write((trx) => stray.plant(engine).execute(trx))
      expect(await check(test)).toMatch(stray.finding)
      // Also by the check of what was added.
      if (!stray.stops) expect(await check(test, 2)).toMatch(/^\w+( \w+)?: /)
      if (stray.stops) await expect(test.log.sign()).rejects.toThrow(stray.stops)
      else {
        await test.append('ana', 'cem', 'ben')
        expect((await test.log.sign()).size).toBeGreaterThanOrEqual(6)
        expect(await numbersOf(test.store.db, 'ana')).toEqual(stray.numbers?.ana ?? [1, 2, 3])
        expect(await numbersOf(test.store.db, 'cem')).toEqual(stray.numbers?.cem ?? [1])
        expect(await numbersOf(test.store.db, 'ben')).toEqual([1, 2])
        await erasePerson(test.store, unknown('ben'), test.signing())
      }
      await test.log.close()
      if (!stray.stays) {
        // What is left of it goes when the operator accepts the log.
        const again = await openLog(test.store, test.database.logKey, true)
        await again.sign()
        await again.close()
        expect(await check(test)).toBeGreaterThanOrEqual(6)
      }
      await test.store.close()
      await test.database.close()
    },
  )
})
