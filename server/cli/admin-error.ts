/** The command was understood but failed; the message is for the person at the terminal. */
export class AdminError extends Error {
  readonly code = 'admin'
}

/** The command was not understood. */
export class UsageError extends Error {
  readonly code = 'usage'
}
