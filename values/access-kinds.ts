/** The code system in which an entry of an access log names its kind. It is Carekey's own, because several kinds share a standard code. */
export const KIND_SYSTEM = 'urn:carekey:access-kind'

/** The kinds of access that a Carekey server logs. */
export const ACCESS_KINDS = [
  ...(['read', 'search', 'authorize', 'sign-in', 'sign-out', 'consent', 'token', 'revoke'] as const),
  ...(['introspect', 'userinfo', 'register', 'account', 'proof', 'export', 'rollback', 'clock'] as const),
  ...(['erasure', 'import', 'refusals', 'other'] as const),
]

export type AccessKind = (typeof ACCESS_KINDS)[number]
