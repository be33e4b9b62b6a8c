import { parseArgs } from 'node:util'
import { endClient } from '../oauth/clients/end-client.ts'
import { configOf, logChange } from './admin-log.ts'
import { defaultDatabase, withStore } from './database.ts'
import { AdminError, UsageError } from './terminal.ts'

const OPTIONS = { db: { type: 'string', default: defaultDatabase } } as const

/** The printed description of an application. */
interface ClientDescription {
  readonly client_id: string
  readonly client_name?: string
  readonly redirect_uris?: readonly string[]
  readonly scope?: string
  readonly token_endpoint_auth_method?: string
}

/** Lists every registered application, without secrets or their hashes. */
export const listClients = (args: string[]): Promise<object> => {
  const { db } = parseArgs({ args, options: OPTIONS }).values
  return withStore(db, async (store) => {
    const rows = await store.db
      .selectFrom('oauth_record')
      .select('payload')
      .where('model', '=', 'Client')
      .orderBy('id')
      .execute()
    return { clients: rows.map(({ payload }) => describeClient(JSON.parse(payload) as ClientDescription)) }
  })
}

const describeClient = (client: ClientDescription): ClientDescription => {
  const { client_id, client_name, redirect_uris, scope, token_endpoint_auth_method } = client
  return {
    client_id,
    ...(client_name !== undefined && { client_name }),
    ...(redirect_uris && { redirect_uris }),
    ...(scope !== undefined && { scope }),
    ...(token_endpoint_auth_method !== undefined && { token_endpoint_auth_method }),
  }
}

/** Removes an application and ends its grants. @throws UsageError, AdminError */
export const removeClient = (args: string[]): Promise<object> => {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true })
  const [id, ...more] = positionals
  if (id === undefined || more.length > 0) throw new UsageError('Name one Client ID: client remove ID.')
  return withStore(values.db, async (store) => {
    const config = await configOf(store)
    return store.write(async (trx) => {
      const removed = await endClient(trx, id, Date.now())
      if (!removed) throw new AdminError(`There is no application ${id}.`)
      const { client_name: clientName = id } = JSON.parse(removed.payload) as ClientDescription
      await logChange(trx, config, { clientId: id, clientName }, { change: 'client removed' })
      return { client_id: id, state: 'removed', ended: removed.endedConsents }
    })
  })
}
