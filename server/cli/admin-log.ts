import { randomUUID } from 'node:crypto'
import { appendAccess } from '../audit/log.ts'
import type { Config } from '../config.ts'
import { findOrganization } from '../oauth/known-organization.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

/** Before the server was ever started on this database: its address is the server's to be told. */
const UNKNOWN: Config = {
  publicUrl: 'http://localhost',
  host: 'localhost',
  port: 0,
  organization: { name: 'Administration at the terminal', about: '', color: '#0b6e6e' },
}

/** The organization whose database this is. */
export const configOf = async (store: Store): Promise<Config> => ({
  ...UNKNOWN,
  ...(await findOrganization(store)),
})

/** Who changes something at the terminal, as the log names them. */
export const TERMINAL = { clientName: 'Administration at the terminal' }

/** Logs a change of who or what may ask for records, in the transaction of the change. */
export const logChange = (
  trx: Db,
  config: Config,
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
    { now: Date.now(), config },
  )
