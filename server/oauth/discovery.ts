import type { Config } from '../config.ts'
import { IDENTITY_SCOPES } from './engine.ts'

/** `B/fhir/.well-known/smart-configuration` (SMART App Launch 2.2, section 6.1): only what is true today. */
export const smartConfiguration = (config: Config) => ({
  issuer: config.publicUrl,
  jwks_uri: `${config.publicUrl}/oauth/jwks`,
  authorization_endpoint: `${config.publicUrl}/oauth/authorize`,
  token_endpoint: `${config.publicUrl}/oauth/token`,
  introspection_endpoint: `${config.publicUrl}/oauth/introspect`,
  revocation_endpoint: `${config.publicUrl}/oauth/revoke`,
  registration_endpoint: `${config.publicUrl}/oauth/register`,
  token_endpoint_auth_methods_supported: ['none', 'client_secret_basic'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  response_types_supported: ['code'],
  scopes_supported: [...IDENTITY_SCOPES, 'patient/*.rs', 'patient/*.read', 'user/*.rs', 'user/*.read'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
  capabilities: [
    'launch-ehr',
    'launch-standalone',
    'context-ehr-patient',
    'context-ehr-encounter',
    'context-standalone-patient',
    'context-standalone-encounter',
    'context-banner',
    'context-style',
    'client-public',
    'client-confidential-symmetric',
    'sso-openid-connect',
    'permission-patient',
    'permission-user',
    'permission-offline',
    'permission-v1',
    'permission-v2',
  ],
})
