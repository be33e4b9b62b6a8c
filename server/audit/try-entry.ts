import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '../store/schema.ts'

/** Writes an entry and takes it back, in a transaction that goes on. So whatever keeps entries from being written is found. @throws Error */
export const tryEntry = async (trx: Db): Promise<void> => {
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
