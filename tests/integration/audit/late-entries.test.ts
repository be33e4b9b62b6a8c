import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { erasePerson } from '../../../server/audit/erase/erase.ts'
import { entriesOf } from '../../../server/audit/write/log.ts'
import type { Store } from '../../../server/store/store.ts'
import { engines } from '../../fixtures/store.ts'
import { accessAbout, config, createLog, unknown } from './logged.ts'

/** An entry about ana whose request has the erased person's id, with this number in the order of writing. */
const insert = (store: Store, seqs: readonly number[], requestId: string) =>
  store.write(async (trx) => {
    for (const seq of seqs)
      for (const { row } of entriesOf(accessAbout('ana', { requestId }), { config, now: Date.now() }))
        await trx
          .insertInto('audit_event')
          .values({ ...row, seq })
          .execute()
  })

it.each(engines)(
  'J09 an entry that is committed while an erasure runs is found, also behind later ones, on %s',
  { timeout: 60_000 },
  async (engine) => {
    const { store, signing, close } = await createLog(engine)
    const [first, ...others] = Array.from({ length: 1_100 }, (_, at) => 100 + 2 * at)
    await insert(store, [first ?? 0], 'chart-zed12')
    await insert(store, others, 'plain')
    if (engine === 'postgres')
      await sql`select setval(pg_get_serial_sequence('audit_event', 'seq'), 10000)`.execute(store.db)
    let isLate = false
    const write: Store['write'] = async (work) => {
      const result = await store.write(work)
      const erased = await store.db
        .selectFrom('audit_event')
        .where('salt', 'is', null)
        .select('seq')
        .execute()
      // A transaction that took its number before others commits only now.
      if (erased.length > 0 && !isLate) {
        isLate = true
        await insert(store, [301], 'chart-zed12')
      }
      return result
    }
    expect(await erasePerson({ ...store, write }, unknown('zed12'), signing())).toBe(2)
    await close()
  },
)
