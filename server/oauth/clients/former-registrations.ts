import { randomUUID } from 'node:crypto'
import type { Recorder } from '../../audit/recorder.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import type { ClientRecord } from './client-policy.ts'
import { RESOURCE_SERVER } from './client-policy.ts'
import { findClientPayload } from './clients.ts'
import { deleteOwned, ownerOf } from './end-client.ts'

/** Longest time from a registration over the network to its registration access token, in seconds. */
const ISSUE_SECONDS = 5

/**
 * Removes rights, when the server starts, that earlier versions gave over the network and that now only the terminal gives:
 * `client_credentials`, `system/` scopes and `resource_server`. Skips applications from the terminal, which are recognized by
 * their lack of a registration access token.
 *
 * @returns the Client IDs of the applications that lost rights.
 */
export const narrowFormerRegistrations = async (store: Store, recorder: Recorder): Promise<string[]> => {
  const tokens = await store.db
    .selectFrom('oauth_record')
    .select(['id', 'payload'])
    .where('model', '=', 'RegistrationAccessToken')
    .execute()
  const clientIds: string[] = []
  for (const { id, payload } of tokens) {
    const clientId = ownerOf(payload)
    if (clientId === undefined) continue
    const { iat = 0 } = JSON.parse(payload) as { iat?: number }
    if (await store.write((trx) => narrowRegistration(trx, { id, clientId, iat }, recorder)))
      clientIds.push(clientId)
  }
  return clientIds
}

/** Narrows the application of one token. @returns whether it lost rights. */
const narrowRegistration = async (
  trx: Db,
  token: { id: string; clientId: string; iat: number },
  recorder: Recorder,
): Promise<boolean> => {
  const { clientId } = token
  const before = await findClientPayload(trx, clientId)
  const client = JSON.parse(before ?? '{}') as ClientRecord & Issued
  // The token belongs to an application that was removed, and perhaps added again at the terminal.
  if (before === undefined || token.iat + ISSUE_SECONDS < (client.client_id_issued_at ?? 0)) {
    await trx
      .deleteFrom('oauth_record')
      .where('model', '=', 'RegistrationAccessToken')
      .where('id', '=', token.id)
      .execute()
    return false
  }
  const payload = JSON.stringify(withoutTerminalRights(client))
  if (payload === JSON.stringify(client)) return false
  await trx
    .updateTable('oauth_record')
    .set({ payload })
    .where('model', '=', 'Client')
    .where('id', '=', clientId)
    .where('payload', '=', before)
    .execute()
  await deleteOwned(trx, clientId, ['ClientCredentials'])
  const { client_name: clientName = clientId } = client
  await recorder.append(trx, {
    kind: 'register',
    requestId: randomUUID(),
    outcome: 'success',
    agent: { address: 'server', clientId, clientName },
    patients: [],
    details: { change: 'client narrowed' },
  })
  return true
}

interface Issued {
  readonly client_id_issued_at?: number
  readonly client_name?: string
}

/** Returns the metadata without the members that `checkNetworkRegistration` refuses. */
const withoutTerminalRights = ({ [RESOURCE_SERVER]: _, ...client }: ClientRecord): ClientRecord => ({
  ...client,
  ...(client.grant_types && {
    grant_types: client.grant_types.filter((type) => type !== 'client_credentials'),
  }),
  ...(client.scope !== undefined && {
    scope: client.scope
      .split(' ')
      .filter((word) => !word.startsWith('system/'))
      .join(' '),
  }),
})
