/**
 * Autoscan's findings and their severity: `must` prevents Carekey from signing in, or should prevent everyone. The text of a code
 * is `finding_<code, - as _>` in `_locales`; the remedy for one that is not good is `remedy_<…>`.
 */
export const grades = {
  'smart-configuration': 'good',
  'capability-statement-only': 'should',
  's256-offered': 'good',
  's256-not-stated': 'should',
  'no-s256': 'must',
  'plain-offered': 'must',
  'issuer-named': 'good',
  'no-issuer': 'should',
  'issuer-mismatch': 'must',
  'issuer-unconfirmed': 'must',
  'issuer-elsewhere': 'should',
  'iss-parameter': 'good',
  'no-iss-parameter': 'should',
  'documents-agree': 'good',
  'documents-disagree': 'must', // what: which members, in which document
  'relative-addresses': 'should', // what: which members
  'keys-good': 'good',
  'no-keys': 'should',
  'keys-unreadable': 'should',
  'keys-unfit': 'should',
  'keys-private': 'must',
  'revocation-offered': 'good',
  'no-revocation': 'should',
  'registration-offered': 'good',
  'no-registration': 'should',
  'permission-v2': 'good',
  'no-permission-v2': 'should',
  'search-complete': 'good',
  'search-missing': 'should', // what: which parameters of which type
  'no-statement': 'should',
  'brands-offered': 'good',
  'no-brands': 'should',
  'brands-unreadable': 'should',
  'cors-open': 'good',
  'cors-closed': 'should',
  https: 'good',
  'loopback-http': 'should',
  'other-origin': 'should',
  'foreign-endpoint': 'must',
  'unusable-address': 'must',
  'redirect-other': 'should',
  'redirect-refused': 'must',
} as const satisfies Record<string, 'good' | 'should' | 'must'>

export type FindingCode = keyof typeof grades

export interface Finding {
  level: 'good' | 'should' | 'must'
  code: FindingCode
  /** Names from the specifications; never text of the organization. */
  what?: string
}
