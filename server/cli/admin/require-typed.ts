import { createInterface } from 'node:readline'
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
