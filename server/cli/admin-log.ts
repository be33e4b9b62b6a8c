import { randomUUID } from 'node:crypto'
import { appendAccess } from '../audit/log.ts'
import type { Config } from '../config.ts'
import type { Db } from '../store/schema.ts'

/** The organization as the terminal knows it: its address is the server's to be told. */
export const TERMINAL: Config = {
  publicUrl: 'http://localhost',
  host: 'localhost',
  port: 0,
  organization: { name: 'Administration at the terminal', about: '', color: '#0b6e6e' },
}

/** Logs a change of who or what may ask for records, in the transaction of the change. */
export const logChange = (
  trx: Db,
  now: number,
  client: { clientId?: string; clientName?: string },
  details: Readonly<Record<string, string>>,
): Promise<void> =>
  appendAccess(
    trx,
    {
      kind: 'register',
      requestId: randomUUID(),
      outcome: 'success',
      agent: { address: 'terminal', ...client },
      patients: [],
      details,
    },
    { now, config: TERMINAL },
  )
