/** The code system in which an entry of an access log names its kind. It is Carekey's own, because several kinds share a standard code. */
export const KIND_SYSTEM = 'urn:carekey:access-kind'

/** The kinds of access that a Carekey server logs. */
export const ACCESS_KINDS = [
  ...(['read', 'search', 'authorize', 'sign-in', 'sign-out', 'consent', 'token', 'revoke'] as const),
  ...(['introspect', 'userinfo', 'register', 'account', 'proof', 'export', 'rollback', 'clock'] as const),
  ...(['erasure', 'import', 'refusals', 'other'] as const),
]

export type AccessKind = (typeof ACCESS_KINDS)[number]

/**
 * The kinds of access that give away nothing of a record, its log or an account. What a token or a session lets its holder read has
 * entries of its own, and the rest is about the server.
 */
const quietKinds: ReadonlySet<string> = new Set<AccessKind>([
  ...(['authorize', 'sign-in', 'sign-out', 'token', 'revoke', 'introspect'] as const),
  ...(['register', 'rollback', 'clock', 'import', 'refusals'] as const),
])

/** Checks whether an access by others is announced to the patient. One of an unknown kind is. */
export const givesAway = (kind: string): boolean => !quietKinds.has(kind)
