import { type AdapterPayload, type Interaction, interactionPolicy } from 'oidc-provider'
import type { Clock } from '../../config.ts'
import { findSignedInAccount } from '../../grants/accounts.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import { isSessionOpen } from '../../sign-in/visit/own-session.ts'
import type { Store } from '../../store/store.ts'

/** The account that signed in and its generation then: the member `login` of an authorization's results. */
export interface SignIn {
  readonly accountId: string
  readonly generation: number
  /** The session that signed in, if that was none of its own: the sign-in ends with it. */
  readonly session?: string
}

type Results = { readonly login?: Partial<SignIn> | undefined } | undefined

/** Requires a sign-in if nobody has signed in for this authorization, or if the account has changed since. */
export const signInPolicy = (): interactionPolicy.DefaultPolicy => {
  const policy = interactionPolicy.base()
  const needsAccount = new interactionPolicy.Check(
    'no_account',
    'End-User authentication is required',
    ({ oidc }) => oidc.account === undefined,
  )
  policy.get('login')?.checks.add(needsAccount)
  return policy
}

/** Returns who signed in to a pending authorization: with its last page, or with an earlier one. */
export const signInOf = ({
  result,
  lastSubmission,
}: Pick<AdapterPayload, 'result' | 'lastSubmission'>): Partial<SignIn> | undefined =>
  (result as Results)?.login ?? (lastSubmission as Results)?.login

/** Returns the account that signed in for this authorization, if its generation is still the same and its session has not ended. */
export const findSignInOf = async (
  { store, clock }: { store: Store; clock: Clock },
  results: Results,
): Promise<SignedInAccount | undefined> => {
  const { accountId, generation, session } = results?.login ?? {}
  if (accountId === undefined || generation === undefined) return undefined
  if (session !== undefined && !(await isSessionOpen(store, session, clock()))) return undefined
  return findSignedInAccount(store, { accountId, generation })
}

/** Checks whether the person has answered its page; then only the engine may continue it, once. */
export const isDecided = ({ prompt, result }: Interaction): boolean =>
  result?.error !== undefined || result?.[prompt.name] !== undefined
