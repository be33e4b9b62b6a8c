import type { Readable, Writable } from 'node:stream'

/** The streams of a command. `process` is one; tests pass their own, so that a command runs without a process of its own. */
export interface Terminal {
  readonly stdin: Readable & { isTTY?: boolean }
  readonly stdout: Writable
  readonly stderr: Writable
}

/** The command was understood but failed; the message is for the person at the terminal. */
export class AdminError extends Error {
  readonly code = 'admin'
}

/** The command was not understood. */
export class UsageError extends Error {
  readonly code = 'usage'
}
