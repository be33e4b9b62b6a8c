import type { ClientMetadata } from 'oidc-provider'
import { CHROME_ID, EXTENSION_ADDRESSES, redirectAddress } from '../../values/extension-addresses.ts'
import { type Config, fhirBase } from '../config.ts'

/**
 * Carekey itself, registered at the demo organizations (RFC 7591 client metadata). It is a public client, because anybody can
 * unpack the extension and read a secret. The addresses belong to the fixed ids of the Chrome and the Firefox extension.
 */
export const carekeyClient = (config: Pick<Config, 'publicUrl'>) =>
  ({
    client_id: 'carekey',
    client_name: 'Carekey',
    application_type: 'web' as const,
    token_endpoint_auth_method: 'none' as const,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code' as const],
    redirect_uris: Object.values(EXTENSION_ADDRESSES).map((address) =>
      redirectAddress(address, fhirBase(config)),
    ),
    // Only Chrome's, because in Firefox the address differs in every installation and cannot be registered.
    launch_uri: `chrome-extension://${CHROME_ID}/extension/launch/index.html`,
  }) satisfies ClientMetadata & { launch_uri: string }
