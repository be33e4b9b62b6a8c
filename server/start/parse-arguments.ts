import { type ParseArgsConfig, parseArgs } from 'node:util'
import { mayHoldPassword } from './database-url.ts'
import { UsageError } from './terminal.ts'

/**
 * Reads the options of a command as `parseArgs` does. No message quotes a value, because it may be the address of a database, with
 * its password, at the wrong place.
 *
 * @throws UsageError
 */
export const parseArguments = <Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> => {
  const result = parse(config)
  const { db: _, ...values } = result.values as Record<string, unknown>
  for (const value of [...Object.values(values), ...result.positionals].flat())
    if (typeof value === 'string' && mayHoldPassword(value))
      throw new UsageError('The address of a database, or any other with a password, stands only after --db.')
  return result
}

const parse = <Config extends ParseArgsConfig>(config: Config) => {
  try {
    return parseArgs(config)
  } catch (error) {
    throw error instanceof Error && 'code' in error
      ? new UsageError(sentenceOf(error.message, error.code))
      : error
  }
}

const sentenceOf = (message: string, code: unknown): string => {
  switch (code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION': {
      const option = /^Unknown option '(--?[a-z-]+)'/.exec(message)?.[1]
      return option === undefined ? 'There is no such option.' : `Unknown option '${option}'.`
    }
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE':
      // Names only an option that exists.
      return message
    default:
      return 'There is a word too many. A value with a blank in it stands in quotation marks.'
  }
}
