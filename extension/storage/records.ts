/** The names that sealed values are kept under: each opens under its own alone. */
export const records = {
  grant: (connectionId: string) => `grant:${connectionId}`,
  secret: (providerId: string) => `secret:${providerId}`,
  registration: (id: string) => `registration:${id}`,
  revocation: 'revocation',
  copy: (connectionId: string) => `copy:${connectionId}`,
  /** A session, while locked. */
  session: (connectionId: string) => `session:${connectionId}`,
  /** The rest of what `storage.session` held in clear, while locked. */
  rest: 'rest',
  /** The vault's key itself: under what opens the lock, and under this browser's own key. */
  key: 'key',
  /** The key of copies, while there is no lock. */
  copyKey: 'copy-key',
} as const
