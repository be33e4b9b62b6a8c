import type { AccessAgent, LoggedAccess } from '../audit/entry/access-event.ts'
import { fhirUser } from './accounts.ts'
import type { Account, Authorization } from './authorization.ts'

/** The application and person that act, as far as they are known. An `Authorization` is an actor. */
interface Actor {
  readonly clientId?: string | undefined
  readonly clientName?: string | undefined
  readonly isProven?: boolean | undefined
  readonly account?: Account | undefined
  readonly tokenRef?: string | undefined
}

/** Returns the agent of an access, as an entry of the access log names it. */
export const agentOf = (
  address: string,
  { clientId, clientName, isProven, account, tokenRef }: Actor = {},
): AccessAgent => {
  const user = account && fhirUser(account)
  return {
    address,
    ...(clientId && { clientId }),
    ...(clientName && { clientName }),
    ...(isProven && { isProven }),
    ...(account && { accountId: account.id, accountName: account.name }),
    ...(user && { fhirUser: user }),
    ...(tokenRef && { tokenRef }),
  }
}

/** What a request with an access token stands for. */
interface Presented {
  readonly authorization?: Authorization | undefined
  /** The token's, if its key was not proven: whoever sent it may have stolen it. */
  readonly held?: Authorization | undefined
}

/**
 * Returns whom the entry of a request with an access token names, and whom it is about: each address that takes a token asks here. If the
 * key was not proven, the entry says which token, and not whose. If the request was refused, it is about the patient whose record the token
 * is for, because it shows that somebody tried; what a granted request is about depends on its answer.
 */
export const accessWithToken = (
  address: string,
  { authorization, held }: Presented,
  isRefused: boolean,
): Pick<LoggedAccess, 'agent' | 'patients'> => {
  const token = authorization ?? held
  const patient = isRefused && token ? recordOf(token) : undefined
  return {
    agent: authorization
      ? agentOf(address, { ...authorization, isProven: true })
      : agentOf(address, held && { tokenRef: held.tokenRef }),
    patients: patient === undefined ? [] : [patient],
  }
}

/** Returns the patient whose record a token is for: the person themselves, or the patient of a token that reaches nothing else. */
const recordOf = ({ account, patient, scopes }: Authorization): string | undefined =>
  account?.patient ?? (scopes.every(({ context }) => context === 'patient') ? patient : undefined)
