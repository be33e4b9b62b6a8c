import { parseArgs } from 'node:util'
import type { Source } from '../config.ts'
import { ConfigRefused, readConfigFile } from './config-file.ts'

/**
 * Replaces `--config FILE` with `--db` and the database of that file, for commands that need nothing else from it. A given `--db`
 * stays.
 *
 * @returns the arguments, and the source of records that the file names.
 * @throws ConfigRefused
 */
export const applyConfigOption = async (
  args: readonly string[],
): Promise<{ args: string[]; source?: Source }> => {
  const options = { config: { type: 'string' }, db: { type: 'string' } } as const
  const { tokens, values } = parseArgs({ args: [...args], options, strict: false, tokens: true })
  const configTokens = tokens.filter((token) => token.kind === 'option' && token.name === 'config')
  if (configTokens.length === 0) return { args: [...args] }
  if (typeof values.config !== 'string') throw new ConfigRefused('--config takes the name of a file.')
  const { db, source } = await readConfigFile(values.config)
  const takenIndexes = configTokens.flatMap((token) =>
    token.kind === 'option' && token.inlineValue ? [token.index] : [token.index, token.index + 1],
  )
  const rest = args.filter((_word, index) => !takenIndexes.includes(index))
  // Inserted before the rest, because everything after `--` is a name.
  return { args: values.db === undefined ? ['--db', db, ...rest] : rest, source }
}
