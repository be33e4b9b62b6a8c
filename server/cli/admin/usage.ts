const DB = '--db URL        sqlite:PATH or postgres://…; by default sqlite:data/carekey.db'
const CONFIG = "--config FILE   the server's configuration, which names the database"
const KEYS = "--keys FILE     the server's key file; by default the one that the server uses"
const LOG_KEY = '--log-key FILE  the key of the access log; by default the one that the server uses'
const NAME = '--name N        the name that the person signs in with'
const ROLE = [
  '--role R        patient: reads their own record; clinician: searches patients, reads their records and opens',
  '                applications for them; admin: registers applications and reads the whole access log',
  '--patient ID    the record that a patient sees; only for patients, who need it',
  '--practitioner ID  the Practitioner resource that a clinician is, by which applications and the log name them',
]
const LINK =
  'Prints a link with which the person chooses a password. It works once, within 3 days; send it to nobody else.'
const ENDS_ACCESS = 'Sessions, codes, tokens and grants of the person end at the next request.'

type Usage = readonly [takes: string, does: string, ...options: string[]]

/** The arguments, description and options of each command. */
const USAGES = {
  backup: [
    'FOLDER [--keys FOLDER]',
    'Copies the database and the newest checkpoint into a new folder, and checks the access log in the copy. For PostgreSQL, pg_dump has to be on the PATH.',
    '--keys FOLDER   copies the keys too, into a new folder apart: whoever has both can sign a changed log',
    LOG_KEY,
    DB,
  ],
  'client add': [
    '--name N [--redirect URI]… [--launch URI] [--scope S] [--public | --secret | --jwks FILE | --jwks-uri URI] [--id ID] [--introspect]',
    'Registers an application and prints its registration.',
    '--name N        its name, as people read it when they are asked for access',
    '--redirect URI  where people return after they sign in; may be given several times',
    '--launch URI    where it is opened for a patient (SMART EHR launch)',
    '--public        an application that keeps no secret (the default)',
    '--secret        an application that authenticates with a secret; it is printed only now',
    '--jwks FILE     an application that authenticates with a key; FILE holds its public keys',
    '--jwks-uri URI  the same, with its public keys at an https address',
    '--scope S       the scopes that it may request; by default any. With system/ scopes and keys, it may act for',
    '                itself (client_credentials)',
    '--id ID         its Client ID, if that is built into the application; by default one is generated',
    '--introspect    a resource server, which may introspect every token; others only their own',
    DB,
  ],
  'client disable': [
    'ID',
    'Disables an application: it gets no token, and its grants end at the next request. The sign-in page says so. An administrator may enable it again; to be rid of it, remove it.',
    DB,
  ],
  'client enable': [
    'ID',
    'Lets a disabled application ask for access again. What had ended stays ended.',
    DB,
  ],
  'client list': ['', 'Lists the registered applications: active and disabled.', DB],
  'client remove': ['ID', 'Removes an application. Its grants end at the next request.', DB],
  'keys list': [
    '',
    'Lists the keys that sign id_tokens: since when each one signs, and until when its public half is published.',
    KEYS,
    DB,
  ],
  'keys rotate': [
    '[--lost | --compromised]',
    'Creates a new key, which signs id_tokens from the next request on. The previous one stays published until nothing that it signed is valid any more.',
    '--lost          the key file is gone: creates a new one. People who are signing in must start again',
    '--compromised   somebody else may have the keys: replaces all of them. Sign-ins at the pages of the organization, forms, page',
    '                links and id_tokens end at once; what people allowed goes on. Copy the file to every other server',
    KEYS,
    DB,
  ],
  'log erase': [
    '--patient ID [--yes]',
    'Erases a patient from the access log: from the entries about the patient and about what the patient did, and from others that mention the patient. Names, addresses, ids, scopes and searches are gone for good; every proof stays valid. The log records what was erased, and when. Says first what will be lost, and asks.',
    '--patient ID    whom to erase: the id of the Patient',
    '--yes           does not ask, for scripts',
    LOG_KEY,
    DB,
  ],
  restore: [
    'FOLDER [--keys FOLDER] [--replace [--accept-rollback]]',
    'Puts a backup in the place of the database. Checks it first, and changes nothing if it refuses. Stop every server before.',
    '--keys FOLDER   restores the backed-up keys too',
    '--replace       replaces all that is in the database, and the keys that are there',
    '--accept-rollback  even if that loses later entries of the log; the log then says that it was set back',
    LOG_KEY,
    DB,
  ],
  'user add': [
    '--name N --role patient|clinician|admin [--patient ID] [--practitioner ID]',
    'Adds a person. The password comes from standard input; at a terminal you type it twice, hidden. It has 8 to 256 characters, better 15 or more.',
    NAME,
    ...ROLE,
    DB,
  ],
  'user disable': [
    '--name N',
    `Disables an account, so that the person cannot sign in. ${ENDS_ACCESS}`,
    NAME,
    DB,
  ],
  'user enable': [
    '--name N',
    'Lets a disabled person sign in again. What had ended stays ended, also a link to choose a password: "user reset" makes another.',
    NAME,
    DB,
  ],
  'user invite': [
    '--name N --role patient|clinician|admin [--patient ID] [--practitioner ID]',
    `Adds a person, who chooses the password. ${LINK}`,
    NAME,
    ...ROLE,
    DB,
  ],
  'user list': [
    '',
    'Lists all accounts: active, invited, disabled, and without a password or a link to choose one.',
    DB,
  ],
  'user remove': [
    '--name N',
    `Removes an account, and what is here only because its person signed in with Withings. ${ENDS_ACCESS}`,
    NAME,
    DB,
  ],
  'user reset': ['--name N', `Removes the password of a person. ${LINK} ${ENDS_ACCESS}`, NAME, DB],
} as const satisfies Readonly<Record<string, Usage>>

/** `client add`, `user invite` … */
export type CommandName = keyof typeof USAGES

/** Returns the `--help` text of one command. */
export const usageOf = (command: CommandName): string => {
  const [takes, does, ...options] = USAGES[command]
  return `Usage: npm run admin -- ${[command, takes].filter(Boolean).join(' ')}

${does}
Prints one JSON object. Works while the server runs.

${[...options, CONFIG].map((option) => `  ${option}`).join('\n')}`
}

/** The `--help` text of all commands. */
export const USAGE = `Usage:
${Object.entries(USAGES)
  .map(([command, [takes]]) => `  npm run admin -- ${[command, takes].filter(Boolean).join(' ')}`)
  .join('\n')}

Each command takes --db URL (${DB.slice(DB.indexOf('sqlite'))}) or --config FILE (the server's
configuration, which names the database), prints one JSON object, and works while the server runs. For more about one command, run it with --help: "npm run admin -- user invite --help".

Exit status: 0 on success, 1 if the command failed, 2 if it was not understood.`
