import { type Json, oauthUris, resolve } from '../auth/provider/metadata.ts'
import type { ScanDocuments } from './scan-documents.ts'

const MEMBERS = [
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'introspection_endpoint',
  'revocation_endpoint',
  'management_endpoint',
  'jwks_uri',
]

/**
 * Lists members that an organization's other documents state differently from its SMART configuration: `token_endpoint
 * (CapabilityStatement)`. Undefined if there is nothing to compare. A member that only one document has is not a disagreement.
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
  return MEMBERS.flatMap((name) => [
    ...(differs(name, issuer?.[name]) ? [`${name} (OpenID)`] : []),
    ...(differs(name, uris[name]) ? [`${name} (CapabilityStatement)`] : []),
  ])
}
