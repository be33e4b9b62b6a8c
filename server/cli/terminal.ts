import type { Readable, Writable } from 'node:stream'

/** The streams of a command. `process` has them; tests pass their own, so that they need no separate process. */
export interface Terminal {
  readonly stdin: Readable & { isTTY?: boolean }
  readonly stdout: Writable
  readonly stderr: Writable & { isTTY?: boolean }
}

/** Whether the person asks what the command does, by any word for help. */
export const asksForHelp = (words: readonly string[]): boolean =>
  words.some((word) => word === '--help' || word === '-h')

/** The command was understood but failed; the message is for the person at the terminal. */
export class AdminError extends Error {
  readonly code = 'admin'
}

/** The command was not understood. */
export class UsageError extends Error {
  readonly code = 'usage'
}
