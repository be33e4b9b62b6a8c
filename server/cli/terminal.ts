import type { Readable, Writable } from 'node:stream'

/** The streams of a command. `process` is one; tests pass their own, so that a command runs without a process of its own. */
export interface Terminal {
  readonly stdin: Readable & { isTTY?: boolean }
  readonly stdout: Writable
  readonly stderr: Writable
}
