import type Provider from 'oidc-provider'
import type { Client, ResponseType, UnknownObject } from 'oidc-provider'
import { limitToRegistration } from '../../grants/scopes/registered-scope.ts'
import { reviseFound } from '../seam/internals.ts'

/**
 * Checks a pending authorization and a code against the application's registration each time that they are looked up (J10). The
 * engine checks a request only when it arrives, and returns people later to the address that was registered then.
 */
export const followRegistration = (engine: Provider): void => {
  reviseFound(engine, 'Interaction', async (interaction) => {
    const { params } = interaction
    const client = await engine.Client.find(String(params.client_id))
    if (!client || !mayAsk(client, params)) return undefined
    params.scope = limitToRegistration(client.scope, String(params.scope ?? ''))
    return interaction
  })
  reviseFound(engine, 'AuthorizationCode', async (code) => {
    const client = await engine.Client.find(code.clientId ?? '')
    // A spent code is still found, because presenting it again ends its grant.
    return !code.isValid || client?.redirectUriAllowed(code.redirectUri ?? '') ? code : undefined
  })
}

const mayAsk = (client: Client, { redirect_uri, response_type, response_mode = 'query' }: UnknownObject) => {
  const type = response_type as ResponseType
  return (
    client.redirectUriAllowed(String(redirect_uri)) &&
    client.responseTypeAllowed(type) &&
    client.responseModeAllowed(String(response_mode), type, undefined)
  )
}
