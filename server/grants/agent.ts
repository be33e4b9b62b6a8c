import type { AccessAgent } from '../audit/access.ts'
import { fhirUser } from './accounts.ts'
import type { Account } from './authorization.ts'

/** The application and person that act, as far as they are known. An `Authorization` is an actor. */
interface Actor {
  readonly clientId?: string | undefined
  readonly clientName?: string | undefined
  readonly account?: Account | undefined
  readonly tokenRef?: string | undefined
}

/** Returns the agent of an access, as an entry of the access log names it. */
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
