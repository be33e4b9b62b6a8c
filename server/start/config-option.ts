import { ConfigRefused, type FileSettings, readConfigFile } from './config-file.ts'
import { parseArguments } from './parse-arguments.ts'

/**
 * Replaces `--config FILE` with `--db` and the database of that file, so that it is parsed like a given `--db`, which
 * stays.
 *
 * @returns the arguments, and what else the file says.
 * @throws ConfigRefused
 */
export const applyConfigOption = async (
  words: readonly string[],
): Promise<{ args: string[]; settings?: FileSettings }> => {
  const args = idsLast(words)
  const options = { config: { type: 'string' }, db: { type: 'string' } } as const
  const { tokens, values } = parseArguments({ args, options, strict: false, tokens: true })
  const configTokens = tokens.filter((token) => token.kind === 'option' && token.name === 'config')
  if (configTokens.length === 0) return { args }
  if (typeof values.config !== 'string') throw new ConfigRefused('--config takes the name of a file.')
  const settings = await readConfigFile(values.config)
  const takenIndexes = configTokens.flatMap((token) =>
    token.kind === 'option' && token.inlineValue ? [token.index] : [token.index, token.index + 1],
  )
  const rest = args.filter((_word, index) => !takenIndexes.includes(index))
  // Inserted before the rest, because everything after `--` is a name.
  return { args: values.db === undefined ? ['--db', settings.db, ...rest] : rest, settings }
}

/**
 * Moves Client IDs that begin with "-", which the engine used to make, to where they are not parsed as options. There are no
 * one-letter options.
 */
const idsLast = (words: readonly string[]): string[] => {
  const ids = words.filter((word) => /^-[^-]/.test(word))
  return words.includes('--') || ids.length === 0
    ? [...words]
    : [...words.filter((word) => !ids.includes(word)), '--', ...ids]
}
