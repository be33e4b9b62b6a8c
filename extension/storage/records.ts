/** The names of sealed values; each value opens only under its own name. */
export const records = {
  grant: (connectionId: string) => `grant:${connectionId}`,
  /** A refresh token that is only waiting to be revoked. */
  surplus: (connectionId: string) => `surplus:${connectionId}`,
  secret: (providerId: string) => `secret:${providerId}`,
  registration: (id: string) => `registration:${id}`,
  revocation: 'revocation',
  copy: (connectionId: string) => `copy:${connectionId}`,
  /** A session, while locked. */
  session: (connectionId: string) => `session:${connectionId}`,
  /** The other unencrypted values of `storage.session`, while locked. */
  rest: 'rest',
  /** The vault's key itself, wrapped by the PIN or passkey and by this browser's own key. */
  key: 'key',
  /** The key of copies, while there is no lock. */
  copyKey: 'copy-key',
} as const
