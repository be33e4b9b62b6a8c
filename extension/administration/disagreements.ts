import { type Json, oauthUris, resolve } from '../auth/metadata.ts'
import type { ScanDocuments } from './scan-documents.ts'

/** As SMART and OpenID call a member, and as the CapabilityStatement's `oauth-uris` do. */
const MEMBERS: Record<string, string | undefined> = {
  issuer: undefined,
  authorization_endpoint: 'authorize',
  token_endpoint: 'token',
  registration_endpoint: 'register',
  introspection_endpoint: 'introspect',
  revocation_endpoint: 'revoke',
  management_endpoint: 'manage',
  jwks_uri: undefined,
}

/**
 * Where an organization's other documents say something else than its SMART configuration: `token_endpoint
 * (CapabilityStatement)`. Undefined when there is nothing to compare. What only one of them says is no disagreement.
 */
export const disagreements = (
  fhirBase: string,
  { configuration, issuer, statement }: ScanDocuments,
): string[] | undefined => {
  if (!configuration) return undefined
  const uris: Json = statement ? oauthUris(statement) : {}
  if (!issuer && Object.keys(uris).length === 0) return undefined
  const differs = (name: string, other: unknown) => {
    const [one, two] = [resolve(configuration[name], fhirBase), resolve(other, fhirBase)]
    return one !== undefined && two !== undefined && one !== two
  }
  return Object.entries(MEMBERS).flatMap(([name, uri]) => [
    ...(differs(name, issuer?.[name]) ? [`${name} (OpenID)`] : []),
    ...(uri && differs(name, uris[uri]) ? [`${name} (CapabilityStatement)`] : []),
  ])
}
