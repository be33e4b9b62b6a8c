const DB = '--db URL        sqlite:PATH or postgres://…; by default sqlite:data/carekey.db'
const KEYS = "--keys FILE     the server's key file; by default where the server has it"
const LOG_KEY = '--log-key FILE  the key of the access log; by default where the server has it'
const NAME = '--name N        the name that the person signs in with'
const LINK =
  'Prints a link, good once and for 3 days, at which the person chooses a password: send it to nobody else.'
const OVER = 'Sessions, codes, tokens and what the person allowed are over at the next request.'

type Usage = readonly [takes: string, does: string, ...options: string[]]

/** The arguments, description and options of each command. */
const USAGES: Readonly<Record<string, Usage>> = {
  'client add': [
    '--name N [--redirect URI]… [--launch URI] [--scope S] [--public | --secret | --jwks FILE | --jwks-uri URI] [--id ID] [--introspect]',
    'Registers an application, and prints what it is registered with.',
    '--public        an application that keeps no secret (the default)',
    '--secret        one that proves itself with a secret, which is printed this once',
    '--jwks FILE     one that proves itself with a key; FILE holds its public keys',
    '--jwks-uri URI  the same, its public keys at an https address',
    '--scope S       all that it may ask for; without it, whatever people allow. With system/ scopes and keys, it may',
    '                act for itself (client_credentials)',
    '--id ID         its Client ID, where it is built into the application; otherwise one is made',
    '--introspect    a resource server: it may ask about every token, others only about their own',
    DB,
  ],
  'client list': ['', 'Lists the applications that are registered.', DB],
  'client remove': [
    'ID',
    'Takes an application out. Whatever people allowed it is over at the next request.',
    DB,
  ],
  'keys list': [
    '',
    'Lists the keys that sign id_tokens: since when, and until when the public half is published.',
    KEYS,
    DB,
  ],
  'keys rotate': [
    '[--lost]',
    'Makes a new key, which signs id_tokens from the next request on. The one before it stays published until nothing that it signed is valid any more.',
    '--lost          the key file is gone: makes a new one. Sign-ins under way begin again',
    KEYS,
    DB,
  ],
  'log confirm-erasures': [
    '',
    'Has the log say that what an older version of Carekey erased was erased.',
    LOG_KEY,
    DB,
  ],
  'log erase': [
    '--patient ID',
    'Takes a patient out of the access log: names, addresses, ids and searches are gone for good, every proof stays valid. The log says itself what was erased, and when.',
    LOG_KEY,
    DB,
  ],
  'user add': [
    '--name N --role patient|clinician|admin [--patient ID] [--practitioner ID]',
    'Adds a person. The password is read from standard input, or asked for twice at a terminal, where it is not shown. It has 8 characters at least, better 15 and more, and 256 at most.',
    NAME,
    '--patient ID    whose record a patient sees',
    DB,
  ],
  'user disable': ['--name N', `Keeps a person from signing in. ${OVER}`, NAME, DB],
  'user enable': ['--name N', 'Lets a disabled person sign in again. What was open stays over.', NAME, DB],
  'user invite': [
    '--name N --role patient|clinician|admin [--patient ID] [--practitioner ID]',
    `Adds a person who chooses the password. ${LINK}`,
    NAME,
    '--patient ID    whose record a patient sees',
    DB,
  ],
  'user list': ['', 'Lists who may sign in, who is invited, and who is disabled.', DB],
  'user remove': ['--name N', `Takes a person out. ${OVER}`, NAME, DB],
  'user reset': ['--name N', `Takes the password of a person away. ${LINK} ${OVER}`, NAME, DB],
}

/** Returns the `--help` text of one command. */
export const usageOf = (command: string): string => {
  const [takes = '', does = '', ...options] = USAGES[command] ?? []
  return `Usage: npm run admin -- ${[command, takes].filter(Boolean).join(' ')}

${does}
Prints one JSON object. Works while the server runs.

${options.map((option) => `  ${option}`).join('\n')}`
}

/** The `--help` text of all commands. */
export const USAGE = `Usage:
${Object.entries(USAGES)
  .map(([command, [takes]]) => `  npm run admin -- ${[command, takes].filter(Boolean).join(' ')}`)
  .join('\n')}

Each takes --db URL (${DB.slice(DB.indexOf('sqlite'))}), prints one JSON object, and works while the
server runs. "npm run admin -- user invite --help" says more about one of them.

Exit status: 0 when it was done, 1 when it was not, 2 when the command was not understood.`
