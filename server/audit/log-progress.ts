import { sql } from 'kysely'
import type { Db } from '../store/schema.ts'

/** How far the access log is placed and signed. */
export interface LogProgress {
  /** Those that wait for a place included. */
  readonly entries: number
  readonly waiting: number
  /** Age of the oldest entry that no checkpoint covers, in milliseconds; 0 if there is none. */
  readonly unsignedFor: number
}

interface Row {
  readonly placed: number
  readonly waiting: number
  readonly unsigned: number | null
  readonly unplaced: number | null
}

/** @param now milliseconds since 1970. */
export const measureLog = async (db: Db, now: number): Promise<LogProgress> => {
  const { rows } = await sql<Row>`select
    (select coalesce(max("index"), -1) + 1 from audit_leaf) as placed,
    (select count(*) from audit_queue) as waiting,
    (select recorded from audit_event where seq = (
      select seq from audit_leaf
      where "index" >= coalesce((select size from audit_checkpoint order by key desc limit 1), 0)
      order by "index" limit 1)) as unsigned,
    (select recorded from audit_event where seq = (select min(seq) from audit_queue)) as unplaced`.execute(db)
  const [{ placed, waiting, unsigned, unplaced } = NOTHING] = rows
  const oldest = Math.min(unsigned ?? now, unplaced ?? now)
  return { entries: placed + waiting, waiting, unsignedFor: now - oldest }
}

const NOTHING: Row = { placed: 0, waiting: 0, unsigned: null, unplaced: null }
