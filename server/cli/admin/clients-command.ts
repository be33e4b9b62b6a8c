import { findClientRow } from '../../oauth/clients/clients.ts'
import { countConsents, endClient, setDisabled } from '../../oauth/clients/end-client.ts'
import { defaultDatabase } from '../../start/database-url.ts'
import { withStore } from '../../start/open-database.ts'
import { parseArguments } from '../../start/parse-arguments.ts'
import { AdminError, UsageError } from '../../start/terminal.ts'
import type { Db } from '../../store/schema.ts'
import { configOf, logClientChange } from './log-change.ts'

const OPTIONS = { db: { type: 'string', default: defaultDatabase } } as const

/** The printed description of an application. */
interface ClientDescription {
  readonly client_id: string
  readonly client_name?: string
  readonly redirect_uris?: readonly string[]
  readonly scope?: string
  readonly token_endpoint_auth_method?: string
}

/** Lists every registered application, disabled ones included, without secrets or their hashes. */
export const listClients = (args: string[]): Promise<object> => {
  const { db } = parseArguments({ args, options: OPTIONS }).values
  return withStore(db, async (store) => {
    const rows = await store.db
      .selectFrom('oauth_record')
      .select(['payload', 'disabled_at'])
      .where('model', '=', 'Client')
      .orderBy('id')
      .execute()
    return {
      clients: rows.map(({ payload, disabled_at }) => ({
        ...describeClient(JSON.parse(payload) as ClientDescription),
        state: disabled_at === null ? 'active' : 'disabled',
      })),
    }
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
export const removeClient = (args: string[]): Promise<object> =>
  changeClient(args, { name: 'remove', state: 'removed' }, endClient)

/** Disables an application and ends its grants. @throws UsageError, AdminError */
export const disableClient = (args: string[]): Promise<object> =>
  changeClient(args, { name: 'disable', state: 'disabled' }, (trx, id) =>
    setDisabled(trx, id, true, Date.now()),
  )

/** Enables an application; ended grants stay ended. @throws UsageError, AdminError */
export const enableClient = (args: string[]): Promise<object> =>
  changeClient(args, { name: 'enable', state: 'active' }, (trx, id) =>
    setDisabled(trx, id, false, Date.now()),
  )

/** Changes the application that the arguments name, in the transaction that logs the change. @throws UsageError, AdminError */
const changeClient = (
  args: string[],
  { name, state }: { readonly name: 'remove' | 'disable' | 'enable'; readonly state: string },
  change: (trx: Db, id: string) => Promise<string | undefined>,
): Promise<object> => {
  const { values, positionals } = parseArguments({ args, options: OPTIONS, allowPositionals: true })
  const [id, ...more] = positionals
  if (id === undefined || more.length > 0) throw new UsageError(`Name one Client ID: client ${name} ID.`)
  return withStore(values.db, async (store) => {
    const config = await configOf(store)
    // Before the transaction, because a server that runs waits for that.
    const ended = await countConsents(store.db, id)
    return store.write(async (trx) => {
      const payload = await change(trx, id)
      if (payload === undefined) {
        const isKnown = (await findClientRow(trx, id)) !== undefined
        throw new AdminError(isKnown ? `${id} is already ${name}d.` : `There is no application ${id}.`)
      }
      await logClientChange(trx, config, JSON.parse(payload) as ClientDescription, `client ${name}d`)
      return { client_id: id, state, ...(name !== 'enable' && { ended }) }
    })
  })
}
