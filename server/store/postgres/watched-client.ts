import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { PasswordFileClient } from './password-file-client.ts'

/**
 * How long a connection may owe an answer and be silent before the database is asked about it, and how long the question may take; in
 * milliseconds.
 */
const LONGEST_SILENCE = 5_000
const LONGEST_QUESTION = 4_000

/** The connection was closed because its database is not at work on the answer that it owes. */
export class Silent extends Error {}

/** A client that closes a connection which has fallen silent (T01). The system alone would take minutes. */
export class WatchedClient extends PasswordFileClient {
  /** The process of the database that serves this connection. */
  declare readonly processID: number | null
  /** Statements that were sent and not answered. */
  owed = 0

  constructor(options?: pg.ClientConfig) {
    const socket = new Socket()
    super({ ...options, stream: () => socket })
    socket.setTimeout(LONGEST_SILENCE)
    socket.on('timeout', async () => {
      const { bytesRead } = socket
      if (this.owed === 0) return
      const isAtWork = await Promise.race([
        askWhetherAtWork(options, this.processID),
        sleep(LONGEST_QUESTION, false, { ref: false }),
      ])
      if (isAtWork || socket.bytesRead > bytesRead) socket.setTimeout(LONGEST_SILENCE)
      else socket.destroy(new Silent('The database does not answer.'))
    })
  }
}

/** Asks the database, through a new connection, whether a process of its works on a statement. */
const askWhetherAtWork = async (
  options: pg.ClientConfig | undefined,
  id: number | null,
): Promise<boolean> => {
  const limits = { connectionTimeoutMillis: LONGEST_QUESTION, query_timeout: LONGEST_QUESTION }
  const client = new PasswordFileClient({ ...options, ...limits })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query(`select from pg_stat_activity where pid = $1 and state = 'active'`, [
      id,
    ])
    return rows.length > 0
  } catch {
    return false
  } finally {
    client.end().catch(() => undefined)
  }
}
