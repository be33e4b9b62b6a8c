import type { AccessAgent } from '../audit/access.ts'
import { fhirUser } from './accounts.ts'
import type { Account, Authorization } from './authorization.ts'

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

/** Returns the agent of a request with a token whose key was not proven: it says which token, and not whose. */
export const holderOf = (address: string, held: Pick<Authorization, 'tokenRef'> | undefined): AccessAgent =>
  agentOf(address, held && { tokenRef: held.tokenRef })

/**
 * Returns the patient whose record a token is for: the person themselves, or the patient of a token that reaches nothing else. A request
 * with it that is refused is an entry about this patient, because it shows that somebody tried.
 */
export const recordOf = ({
  account,
  patient,
  scopes,
}: Pick<Authorization, 'account' | 'patient' | 'scopes'>): string | undefined =>
  account?.patient ?? (scopes.every(({ context }) => context === 'patient') ? patient : undefined)
