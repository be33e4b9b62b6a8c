import type { AccessAgent } from '../audit/access.ts'
import { fhirUser } from './accounts.ts'
import type { Account } from './authorization.ts'

/** Who does something, as far as that is known: an `Authorization` is one. */
export interface Actor {
  readonly clientId?: string | undefined
  readonly clientName?: string | undefined
  readonly account?: Account | undefined
  readonly tokenRef?: string | undefined
}

/**
 * Who did it, as an entry of the access log names them.
 *
 * @param address the network address that the request came from.
 */
export const agentOf = (
  address: string,
  { clientId, clientName, account, tokenRef }: Actor = {},
): AccessAgent => {
  const user = account && fhirUser(account)
  return {
    address,
    ...(clientId && { clientId }),
    ...(clientName && { clientName }),
    ...(account && { accountId: account.id, accountName: account.name }),
    ...(user && { fhirUser: user }),
    ...(tokenRef && { tokenRef }),
  }
}
