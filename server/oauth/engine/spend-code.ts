import type { KoaContextWithOIDC } from 'oidc-provider'

/**
 * Spends a code after a failed redemption in its own application's name: a thief without the `code_verifier` can guess only
 * once (A06). Another application's attempt spends nothing, so that it cannot end a person's sign-in (A18).
 */
export const spendCode = async ({ oidc, state }: KoaContextWithOIDC): Promise<void> => {
  // Absent when the request did not reach the engine.
  const { params, client } = oidc ?? {}
  const value = params?.code
  if (params?.grant_type !== 'authorization_code' || typeof value !== 'string' || !client) return
  const code = await oidc.provider.AuthorizationCode.find(value)
  if (code?.clientId !== client.clientId) return
  // The access log needs the account, which the engine does not set when it refuses.
  state.accountId = code.accountId
  if (code.isValid) await code.consume()
}
