import type { ClientAuth } from 'oauth4webapi'

/**
 * Authenticates by `client_secret_basic` (RFC 6749 section 2.3.1). Encodes only reserved characters: `ClientSecretBasic` of
 * oauth4webapi also encodes `-`, `_` and `.`, and servers that do not decode the name then know no such client.
 */
export const clientSecretBasic =
  (secret: string): ClientAuth =>
  (_server, { client_id }, _body, headers) => {
    const credentials = [client_id, secret].map(encodeURIComponent).join(':')
    headers.set('authorization', `Basic ${btoa(credentials)}`)
  }
