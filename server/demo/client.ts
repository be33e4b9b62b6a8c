import type { ClientMetadata } from 'oidc-provider'
import { EXTENSION_ADDRESSES } from '../oauth/relay.ts'

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
  redirect_uris: Object.values(EXTENSION_ADDRESSES),
} satisfies ClientMetadata
