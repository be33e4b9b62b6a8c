import type { FastifyPluginAsync } from 'fastify'
import type { Config } from '../config.ts'
import { DPOP_ALGORITHMS } from '../grants/dpop.ts'
import { IDENTITY_SCOPES } from '../grants/scopes/registered-scope.ts'
import { ASSERTION_ALGORITHMS } from './clients/client-assertion.ts'

/**
 * Returns one document for SMART (SMART App Launch 2.2, section 6.1), OpenID Connect Discovery and RFC 8414, so that the
 * three cannot contradict each other. It lists only what the server supports today.
 */
const smartConfiguration = (config: Config) => ({
  issuer: config.publicUrl,
  jwks_uri: `${config.publicUrl}/oauth/jwks`,
  authorization_endpoint: `${config.publicUrl}/oauth/authorize`,
  token_endpoint: `${config.publicUrl}/oauth/token`,
  introspection_endpoint: `${config.publicUrl}/oauth/introspect`,
  revocation_endpoint: `${config.publicUrl}/oauth/revoke`,
  registration_endpoint: `${config.publicUrl}/oauth/register`,
  /** Not part of SMART: all applications, for an administrator (docs/decisions/0059). */
  applications_endpoint: `${config.publicUrl}/oauth/applications`,
  userinfo_endpoint: `${config.publicUrl}/oauth/userinfo`,
  management_endpoint: `${config.publicUrl}/account`,
  /** Not part of SMART: the proofs of the access log (docs/access-log.md). */
  access_log_endpoint: `${config.publicUrl}/audit`,
  user_access_brand_bundle: `${config.publicUrl}/brands.json`,
  user_access_brand_identifier: { system: 'urn:ietf:rfc:3986', value: config.publicUrl },
  token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
  token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
  introspection_endpoint_auth_methods_supported: PROVEN_CLIENT_AUTHENTICATION,
  introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
  revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
  revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
  grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
  response_types_supported: ['code'],
  response_modes_supported: ['query'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  claims_supported: ['sub', 'name', 'fhirUser'],
  scopes_supported: [...IDENTITY_SCOPES, ...RESOURCE_SCOPES],
  code_challenge_methods_supported: ['S256'],
  dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
  authorization_response_iss_parameter_supported: true,
  claims_parameter_supported: false,
  request_parameter_supported: false,
  request_uri_parameter_supported: false,
  capabilities: CAPABILITIES,
})

/** Introspection refuses public applications (RFC 7662, section 2.1). */
const PROVEN_CLIENT_AUTHENTICATION = ['client_secret_basic', 'private_key_jwt']

const CLIENT_AUTHENTICATION = ['none', ...PROVEN_CLIENT_AUTHENTICATION]

const RESOURCE_SCOPES = ['patient', 'user', 'system'].flatMap((context) => [
  `${context}/*.rs`,
  `${context}/*.read`,
])

const CAPABILITIES = [
  'launch-ehr',
  'launch-standalone',
  'authorize-post',
  'context-ehr-patient',
  'context-ehr-encounter',
  'context-standalone-patient',
  'context-standalone-encounter',
  'context-banner',
  'context-style',
  'client-public',
  'client-confidential-symmetric',
  'client-confidential-asymmetric',
  'sso-openid-connect',
  'permission-patient',
  'permission-user',
  'permission-offline',
  'permission-v1',
  'permission-v2',
]

/**
 * Serves the document. Applications that know the organization's address, but not its FHIR base, look for it beside the issuer.
 * Any page may read it, and it is JSON regardless of the Accept header (checklist S1).
 */
export const discoveryRoutes =
  (config: Config): FastifyPluginAsync =>
  async (app) => {
    const document = JSON.stringify(smartConfiguration(config))
    for (const url of [
      '/fhir/.well-known/smart-configuration',
      '/.well-known/smart-configuration',
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
    ]) {
      app.get(url, { config: { cors: 'anyone' } }, async (_request, reply) =>
        reply.header('cache-control', 'public, max-age=300').type('application/json').send(document),
      )
    }
  }
