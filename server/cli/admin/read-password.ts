import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { findPasswordFault, PASSWORD_LENGTH } from '../../sign-in/password/password.ts'
import { AdminError, type Terminal, writeLine, writePrompt } from '../../start/terminal.ts'

/**
 * Says what will be lost, and waits until the person at the terminal has typed a word.
 *
 * @throws AdminError when they typed something else, or there is no terminal to ask at.
 */
export const requireTyped = async (
  { stdin, stderr }: Terminal,
  { warning, question, word }: { warning: readonly string[]; question: string; word: string },
): Promise<void> => {
  for (const line of warning) writeLine(stderr, line)
  if (!stdin.isTTY)
    throw new AdminError('Nothing was changed. Run the command at a terminal, or with --yes in a script.')
  writePrompt(stderr, question)
  const lines = createInterface({ input: stdin })
  try {
    const { value } = await lines[Symbol.asyncIterator]().next()
    if (value?.trim() !== word) throw new AdminError('Nothing was changed, because something else was typed.')
  } finally {
    lines.close()
  }
}

/** Longest input in bytes; a longer one is not read to its end. */
const LONGEST = 64 * 1024

const { least, most, better } = PASSWORD_LENGTH

/**
 * Reads a new password: at a terminal a hidden line that is typed twice, otherwise the whole input without the final line break.
 *
 * @param names of the person and of the organization, which are easy to guess.
 * @throws AdminError when there is no password, or one that may not be used.
 */
export const readPassword = async (
  terminal: { input: Readable & { isTTY?: boolean }; output: Writable },
  names: readonly string[],
): Promise<string> => {
  const password = terminal.input.isTTY ? await readTwice(terminal) : await readAll(terminal.input)
  if (password === '') throw new AdminError('No password was given. Type it, or send it to standard input.')
  const fault = findPasswordFault(password, names)
  if (fault === 'short')
    throw new AdminError(
      `The password is too short. It needs at least ${least} characters, better ${better}.`,
    )
  if (fault === 'long')
    throw new AdminError(`The password is too long. It may have at most ${most} characters.`)
  if (fault === 'guessable')
    throw new AdminError(
      'The password is easy to guess. Choose one that is no common word, name, sequence or repetition.',
    )
  return password
}

const readAll = async (input: Readable): Promise<string> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of input) {
    length += (chunk as Buffer).length
    if (length > LONGEST) break
    chunks.push(chunk as Buffer)
  }
  if (length > LONGEST)
    throw new AdminError(`The password is too long. It may have at most ${most} characters.`)
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

const readTwice = async ({ input, output }: { input: Readable; output: Writable }): Promise<string> => {
  // Without an output, readline echoes nothing. With `terminal: true` it reads single keys, so the terminal does not echo them either.
  const lines = createInterface({ input, terminal: true, historySize: 0 })
  lines.on('SIGINT', () => lines.close())
  const answers = lines[Symbol.asyncIterator]()
  const ask = async (question: string): Promise<string> => {
    writePrompt(output, question)
    const { value, done } = await answers.next()
    writeLine(output, '')
    if (done) throw new AdminError('No password was given.')
    return value
  }
  try {
    const password = await ask(`Password (at least ${least} characters, better ${better}): `)
    if ((await ask('Repeat the password: ')) !== password) throw new AdminError('The two passwords differ.')
    return password
  } finally {
    lines.close()
  }
}
