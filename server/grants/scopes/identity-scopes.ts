/** Scopes of identity and launch, which grant no resources. A registration does not limit them. */
export const IDENTITY_SCOPES: readonly string[] = [
  'openid',
  'fhirUser',
  'offline_access',
  'launch',
  'launch/patient',
  'launch/encounter',
]
