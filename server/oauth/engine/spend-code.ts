import type { KoaContextWithOIDC } from 'oidc-provider'

/**
 * Spends a code that its own application presented and could not prove to be its own: whoever has a code, and not the
 * `code_verifier`, guesses once (A06). A stranger's attempt spends nothing, so that it ends nobody's sign-in (A18).
 */
export const spendCode = async ({ oidc, state }: KoaContextWithOIDC): Promise<void> => {
  // Absent when the request did not reach the engine.
  const { params, client } = oidc ?? {}
  const value = params?.code
  if (params?.grant_type !== 'authorization_code' || typeof value !== 'string' || !client) return
  const code = await oidc.provider.AuthorizationCode.find(value)
  if (code?.clientId !== client.clientId) return
  // Whose it is, for the log: the engine names nobody when it refuses.
  state.accountId = code.accountId
  if (code.isValid) await code.consume()
}
