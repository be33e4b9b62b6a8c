import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { endUntil } from '../../../server/clock/server-clock.ts'
import type { Database } from '../../../server/store/schema.ts'
import { createDatabase, engines } from '../../fixtures/store.ts'

const NOW = 1_800_000_000_000
const WRONG = NOW + 30 * 86_400_000
const AHEAD = WRONG + 1

const NUMBER = 'counts or names something, and is no time'
const PERIOD = 'is a date of the record, as it was written, and no time of this server'
const LOGGED = 'is in the access log, which never changes'
/** Columns of large whole numbers that a wrong time may have left ahead, and why nothing waits for that time. */
const KEPT: { [T in keyof Database]?: Partial<Record<keyof Database[T], string>> } = {
  account: { disabled_at: 'says that it is disabled, and the time is only shown' },
  oauth_record: {
    expires_at: 'is of what was given before, and lasts longer than the wrong time',
    disabled_at: 'says that it is disabled, and the time is only shown',
  },
  consent: {
    created_at: 'the consent is revoked',
    expires_at: 'the consent is revoked',
    emptied_at: 'says that it was emptied',
  },
  resource: {
    key: NUMBER,
    last_updated: 'is what a version says of itself; `forget-missing.ts` does not wait for it',
    sort_date: PERIOD,
  },
  compartment: { key: NUMBER },
  index_string: { key: NUMBER },
  index_token: { key: NUMBER },
  index_reference: { key: NUMBER },
  index_quantity: { key: NUMBER },
  index_date: { key: NUMBER, low: PERIOD, high: PERIOD, written_low: PERIOD, written_high: PERIOD },
  audit_event: { seq: NUMBER, recorded: LOGGED },
  audit_queue: { seq: NUMBER },
  audit_leaf: { index: NUMBER, seq: NUMBER, count: NUMBER },
  audit_tile: { index: NUMBER },
  audit_patient: { entries: NUMBER },
  audit_checkpoint: { key: NUMBER, size: NUMBER, signed_at: LOGGED },
  audit_erasure: { seq: NUMBER, erasure: NUMBER },
  refused_request: { minute: 'is gathered at once, unless it is the current minute', requests: NUMBER },
  withings_account: { access_ends: 'Withings refuses a token that has ended, and it is renewed then' },
}

it.each(engines)(
  'F16 nothing in the database waits for a wrong time to come again, on %s',
  async (engine) => {
    const database = await createDatabase(engine)
    const store = await database.open()
    const tables = (await store.db.introspection.getTables()).filter(
      ({ name, schema = 'public' }) => !/^(schema_|sqlite_)/.test(name) && schema === 'public',
    )
    await store.write(async (trx) => {
      for (const { name, columns } of tables) {
        const values = columns.map(({ name: column, dataType, isAutoIncrementing }) => {
          if (column === 'model') return 'RefreshToken'
          // Smaller numbers hold no time.
          if (isAutoIncrementing || /^(int8|bigint)$/i.test(dataType)) return AHEAD
          if (/^(int|float|double)/i.test(dataType)) return 1
          return /^(bytea|blob)$/i.test(dataType) ? randomBytes(16) : column
        })
        const names = sql.join(columns.map(({ name: column }) => sql.ref(column)))
        await sql`insert into ${sql.table(name)} (${names}) values (${sql.join(values)})`.execute(trx)
        if (name === 'audit_event') await trx.deleteFrom('audit_queue').execute()
      }
      await endUntil(trx, WRONG, NOW)
    })
    const left: Record<string, string[]> = {}
    for (const { name } of tables) {
      const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(store.db)
      const ahead = rows.flatMap((row) => Object.keys(row).filter((column) => Number(row[column]) > NOW))
      if (ahead.length > 0) left[name] = ahead.sort()
    }
    const kept = Object.entries(KEPT).map(([name, columns]) => [name, Object.keys(columns).sort()])
    expect(left).toEqual(Object.fromEntries(kept))
    await store.close()
    await database.close()
  },
)
