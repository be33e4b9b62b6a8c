import type { ClientMetadata } from 'oidc-provider'

/**
 * Carekey itself, registered at the demo organizations (RFC 7591 client metadata). It is public: what every browser can
 * unpack keeps no secret. The addresses belong to the fixed ids of the Chrome and the Firefox extension.
 */
export const carekeyClient = {
  client_id: 'carekey',
  client_name: 'Carekey',
  application_type: 'web' as const,
  token_endpoint_auth_method: 'none' as const,
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code' as const],
  redirect_uris: [
    'https://dalpiflagoafecnakabbknjkoiiobpmf.chromiumapp.org/',
    'https://72eb57131cec718e15fdb0566fcefd82f9b1cbd0.extensions.allizom.org/',
  ],
} satisfies ClientMetadata
