import type { Readable, Writable } from 'node:stream'
import { escapedText } from '../../values/readable-name.ts'

/** The streams of a command. `process` has them; tests pass their own, so that they need no separate process. */
export interface Terminal {
  readonly stdin: Readable & { isTTY?: boolean }
  readonly stdout: Writable
  readonly stderr: Writable & { isTTY?: boolean }
}

const write = (stream: Writable, text: string): void => {
  if (!stream.listeners('error').includes(throwUnlessClosed)) stream.on('error', throwUnlessClosed)
  stream.write(text)
}

/** Whoever reads the output may stop, as `head` does; the command goes on, and its status says how it ended. */
const throwUnlessClosed = (error: Error & { code?: string }): void => {
  if (error.code !== 'EPIPE') throw error
}

/**
 * Writes one line. All that a command prints passes through here or `writePrompt`, because what comes from a file, the database or
 * another server may hold controls, which would delete or rewrite other lines of the terminal.
 */
export const writeLine = (stream: Writable, line: string): void => write(stream, `${escapedText(line)}\n`)

/** Writes a question; the answer stands behind it. */
export const writePrompt = (stream: Writable, question: string): void => write(stream, escapedText(question))

/** Returns how a command prints. */
export const printing = ({ stdout, stderr }: Pick<Terminal, 'stdout' | 'stderr'>) => {
  const printError = (line: string): void => writeLine(stderr, line)
  return {
    print: (line: string): void => writeLine(stdout, line),
    printError,
    /** Prints how the command is used. @param usage its own text, of several lines. */
    printUsage: (usage: string): void => writeLines(stdout, usage),
    /** Prints why the command ends. @param usage printed before the reason. @returns the exit status. */
    fail: (status: number, reason: string, usage?: string): number => {
      if (usage !== undefined) writeLines(stderr, `${usage}\n`)
      printError(reason)
      return status
    },
  }
}

const writeLines = (stream: Writable, ownText: string): void => {
  for (const line of ownText.split('\n')) writeLine(stream, line)
}

/** The most characters of an id or a reference that a line shows. */
const LONGEST_VALUE = 200

/** Cuts a value from a file, so that the rest of its line can be read. */
export const shortened = (value: string): string =>
  value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value

/** Whether the person asks what the command does, by any word for help. */
export const asksForHelp = (words: readonly string[]): boolean =>
  words.some((word) => word === '--help' || word === '-h')

/** Says in one sentence why a server does not start. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const { code, port } = error as Error & { code?: string; port?: number }
  if (code === 'EADDRINUSE')
    return `Another program uses port ${port}. Choose another with --port, or in the configuration.`
  return [error.message, code === 'store-unavailable' && error.cause].filter(Boolean).join(' ')
}

/** The command was understood but failed; the message is for the person at the terminal. */
export class AdminError extends Error {
  readonly code = 'admin'
}

/** The command was not understood. */
export class UsageError extends Error {
  readonly code = 'usage'
}
