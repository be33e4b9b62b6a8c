import { readdirSync, readFileSync } from 'node:fs'
import pg from 'pg'

/** What a PostgreSQL server has done so far. */
export interface PostgresUsage {
  /** CPU time of all its processes, user and system, to a hundredth of a second for each. */
  readonly cpuMs: number
  /** Transactions that changed something. */
  readonly commits: number
  /** Entries of the access log that wait for their place. */
  readonly waiting: number
}

/** Measures the server of a database on this machine (Linux). */
export const postgresUsage = async (url: string): Promise<PostgresUsage> => {
  const client = new pg.Client(url)
  await client.connect()
  try {
    const { rows } = await client.query<Record<'pid' | 'commits' | 'waiting', string>>(
      'select pg_backend_pid() as pid, pg_snapshot_xmax(pg_current_snapshot())::text as commits, (select count(*) from audit_queue) as waiting',
    )
    const [found] = rows
    const { parent = 0 } = processTimes(Number(found?.pid)) ?? {}
    return {
      cpuMs: familyCpuMs(parent),
      commits: Number(found?.commits),
      waiting: Number(found?.waiting),
    }
  } finally {
    await client.end()
  }
}

/** CPU time of a process, of its running children, and of those that have ended. */
const familyCpuMs = (parent: number): number => {
  const children = readdirSync('/proc')
    .map((name) => processTimes(Number(name)))
    .filter((child) => child?.parent === parent)
  const { ownMs = 0, endedMs = 0 } = processTimes(parent) ?? {}
  return children.reduce((sum, child) => sum + (child?.ownMs ?? 0), ownMs + endedMs)
}

/** A clock tick of `/proc`, in milliseconds. */
const TICK_MS = 10

/** Undefined if there is no such process, or it has just ended. */
const processTimes = (pid: number): { parent: number; ownMs: number; endedMs: number } | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name may contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15).map(Number)
    return {
      parent: Number(fields[1]),
      ownMs: (user + system) * TICK_MS,
      endedMs: (endedUser + endedSystem) * TICK_MS,
    }
  } catch {
    return undefined
  }
}
