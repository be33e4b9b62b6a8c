import { keepFilesPrivate } from '../store/private-file.ts'
import { addClient } from './admin-client.ts'
import { confirmErased, eraseLog } from './admin-erase.ts'
import { AdminError, UsageError } from './admin-error.ts'
import { listKeys, rotateKeys } from './admin-keys.ts'
import { addUser } from './admin-user.ts'
import { DatabaseUrlError } from './database.ts'

const USAGE = `Usage:
  npm run admin -- client add --name N [--redirect URI]… [--launch URI] [--scope S]
                              [--public | --secret | --jwks FILE | --jwks-uri URI] [--id ID] [--introspect]
                              [--db URL]
  npm run admin -- user add --name N --role patient|clinician|admin [--patient ID] [--practitioner ID] [--db URL]
  npm run admin -- log erase --patient ID [--db URL] [--log-key FILE]
  npm run admin -- log confirm-erasures [--db URL] [--log-key FILE]

Registers an application, or a person who may sign in under the name N; the password is read from standard input, or asked
for twice at a terminal, where it is not shown. It has 8 characters at least, better 15 and more, and 256 at most.
Or takes a patient out of the access log: names, addresses, ids and searches are gone for good, every proof stays valid.
The log says itself what was erased, and when. Where a version before that erased entries, confirm-erasures has it say so.
Prints one JSON object. Works while the server runs.

  --public        an application that keeps no secret (the default)
  --secret        one that proves itself with a secret, which is printed this once
  --jwks FILE     one that proves itself with a key; FILE holds its public keys
  --jwks-uri URI  the same, its public keys at an https address
  --scope S       all that it may ask for; without it, whatever people allow. With system/ scopes and keys, it may act
                  for itself (client_credentials)
  --log-key FILE  the key of the access log, by default where the server has it
  --id ID         its Client ID, where it is built into the application; otherwise one is made
  --introspect    a resource server: it may ask about every token, others only about their own
  --db URL        sqlite:PATH or postgres://…, by default sqlite:data/carekey.db

Exit status: 0 when it was done, 1 when it was not, 2 when the command was not understood.`

const COMMANDS: Record<string, (args: string[]) => Promise<object>> = {
  'client add': addClient,
  'keys list': listKeys,
  'keys rotate': rotateKeys,
  'log confirm-erasures': confirmErased,
  'log erase': eraseLog,
  'user add': addUser,
}

const main = async ([subject = '', verb = '', ...args]: string[]): Promise<number> => {
  const run = COMMANDS[`${subject} ${verb}`]
  try {
    if (!run) throw new UsageError(`There is no command "${[subject, verb].filter(Boolean).join(' ')}".`)
    console.log(JSON.stringify(await run(args)))
    return 0
  } catch (error) {
    if (error instanceof UsageError || isParseError(error)) return fail(2, `${USAGE}\n\n${messageOf(error)}`)
    if (error instanceof DatabaseUrlError) return fail(2, error.message)
    if (error instanceof AdminError) return fail(1, error.message)
    return fail(1, `It was not done: ${messageOf(error)}`)
  }
}

const isParseError = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  error.code.startsWith('ERR_PARSE_ARGS')

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const fail = (status: number, reason: string): number => {
  console.error(reason)
  return status
}

keepFilesPrivate()
process.exitCode = await main(process.argv.slice(2))
