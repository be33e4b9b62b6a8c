import { type Interaction, interactionPolicy } from 'oidc-provider'
import { findSignedIn } from '../../grants/accounts.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import type { Store } from '../../store/store.ts'

/** Who signed in, and in which generation of their account: the member `login` of an authorization's results. */
export interface SignIn {
  readonly accountId: string
  readonly generation: number
}

type Results = { readonly login?: Partial<SignIn> | undefined } | undefined

/** The engine asks for a sign-in where nobody has signed in for this authorization, or their account has changed since. */
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

/** Who signed in for this authorization, as long as their account is what it was then. */
export const findSignInOf = async (store: Store, results: Results): Promise<SignedInAccount | undefined> => {
  const { accountId, generation } = results?.login ?? {}
  if (accountId === undefined || generation === undefined) return undefined
  return findSignedIn(store, { accountId, generation })
}

/** Whether its page has been answered: only the engine goes on with it, once. */
export const isDecided = ({ prompt, result }: Interaction): boolean =>
  result?.error !== undefined || result?.[prompt.name] !== undefined
