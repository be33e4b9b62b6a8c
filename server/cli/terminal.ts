import type { Readable, Writable } from 'node:stream'

/**
 * What a command reads from and writes to. `process` is one; tests bring their own, and run a command without a process of
 * its own.
 */
export interface Terminal {
  readonly stdin: Readable & { isTTY?: boolean }
  readonly stdout: Writable
  readonly stderr: Writable
}
