import { readFile } from 'node:fs/promises'
import { parseCheckpoint } from '../audit/checkpoint/checkpoint.ts'
import { checkedFile, findPinnedCheckpoint, pinnedFile } from '../audit/checkpoint/log-key.ts'
import { type LogKeyOptions, requireSigned } from '../audit/open-log-key.ts'
import { nameDuration } from '../clock/measured-time.ts'
import { type Config, DEFAULT_WINDOWS } from '../config.ts'
import { holdsDemo, requireNoDemo } from '../demo/seed.ts'
import { isIndexCurrent } from '../fhir/index/refresh-index.ts'
import { findUnwritable } from '../files/private-file.ts'
import { checkKeys } from '../keys/keys.ts'
import type { ConfigFile } from '../start/config-file.ts'
import { nameOf, parseDatabase } from '../start/database-url.ts'
import { inspectDatabase } from '../start/open-database.ts'
import { printing, reasonOf, type Terminal, UsageError } from '../start/terminal.ts'
import { requireAddress } from '../store/known-organization.ts'
import type { Reader } from '../store/store.ts'

/** What a server was given at its start. */
export interface StartOptions {
  readonly config: Config
  readonly db: string
  readonly keyFile: string
  readonly logKey: LogKeyOptions
  readonly moveAddress: boolean
  /** The configuration file. */
  readonly file: string | undefined
  /** The names of the options on the command line. */
  readonly given: readonly string[]
}

/** Removes nobody's access to a file, because the command changes nothing. */
const leave = async (): Promise<void> => undefined

/**
 * Prints each value that a server would have, and what its start would do. Changes nothing, and works while a server runs.
 *
 * @param readOptions reads the command line and the configuration, as a start does.
 * @returns the exit status: 0 if it would start, 1 if not, 2 for a command that was not understood.
 */
export const checkCommand = async (
  readOptions: () => Promise<StartOptions>,
  output: Pick<Terminal, 'stdout' | 'stderr'>,
  usage: string,
): Promise<number> => {
  const { print, fail } = printing(output)
  try {
    const options = await readOptions()
    for (const line of await linesOf(options)) print(line)
    for (const sentence of await judge(options)) print(sentence)
    print('The configuration and the database fit.')
    return 0
  } catch (error) {
    return error instanceof UsageError ? fail(2, error.message, usage) : fail(1, reasonOf(error))
  }
}

/** What a start would do. @throws Error when it would fail. */
const judge = async (options: StartOptions): Promise<string[]> => {
  const { db, keyFile, logKey } = options
  const database = parseDatabase(db)
  const name = nameOf(database)
  const written = [keyFile, logKey.file, ...(database.kind === 'sqlite' ? [database.path] : [])]
  for (const file of written) {
    const fault = await findUnwritable(file)
    if (fault !== undefined) throw new Error(fault)
  }
  return inspectDatabase(db, async (state, reader) => {
    if (reader) return judgeContent(reader, options)
    if (state === 'new') await requireNoLog(logKey)
    return [
      state === 'new'
        ? `A start would make a new, empty database at ${name}.`
        : `A start would bring the tables of ${name} up to date.`,
    ]
  })
}

/** @throws Error when a new database would lack entries that were signed. */
const requireNoLog = async ({ file, acceptRollback }: LogKeyOptions): Promise<void> => {
  const pinned = await findPinnedCheckpoint(file, leave)
  const size = pinned === undefined || acceptRollback ? 0 : parseCheckpoint(pinned).size
  if (size > 0)
    throw new Error(
      `There is no database, but according to ${pinnedFile(file)} its log had ${size} entries. Restore the database; to start over, delete that file, ${file} and ${checkedFile(file)}.`,
    )
}

const judgeContent = async (reader: Reader, options: StartOptions): Promise<string[]> => {
  const { config, keyFile, logKey, moveAddress } = options
  if (config.demo) await holdsDemo(reader, config.demo)
  else await requireNoDemo(reader)
  const before = await requireAddress(reader.db, config.publicUrl, moveAddress)
  const { changed, existing } = await requireSigned({ store: reader, logKey }, leave)
  const hasKeys = await checkKeys(reader.db, keyFile)
  const sentences = [
    before !== undefined && `A start would move the organization from ${before} to ${config.publicUrl}.`,
    !(await isIndexCurrent(reader)) && 'A start would make the search index anew.',
    changed && `A start would accept the access log, although ${changed.sentence}.`,
    !existing && `A start would make a new key of the access log, ${logKey.file}.`,
    !hasKeys && `A start would make new keys, ${keyFile}.`,
  ].filter((sentence) => typeof sentence === 'string')
  return sentences.length > 0 ? sentences : ['A start would change nothing of the database.']
}

/** The options whose names differ from their keys in the file. */
const OPTIONS: Readonly<Record<string, string>> = {
  publicUrl: 'public-url',
  'organization.name': 'name',
}

/** Each value in force, with where it is from. A secret is only ever named as a file; the address of a database may hold one. */
const linesOf = async ({ config, db, keyFile, logKey, file, given }: StartOptions): Promise<string[]> => {
  const database = parseDatabase(db)
  const said = file === undefined ? {} : (JSON.parse(await readFile(file, 'utf8')) as ConfigFile)
  const windows = Object.entries(DEFAULT_WINDOWS).map(([role, length]) => [role, nameDuration(length)])
  const inForce = {
    ...{ trustProxy: 'none', metrics: 'none', signIn: 'password', ...config },
    // In the file's own words.
    windows: { ...Object.fromEntries(windows), ...said.windows },
    db: `${database.kind === 'sqlite' ? 'sqlite:' : 'postgres://'}${nameOf(database)}`,
    keys: keyFile,
    'log-key': logKey.file,
  }
  const inFile = new Set(leavesOf(said).map(([path]) => path))
  const originOf = (path: string) => {
    if (given.includes(OPTIONS[path] ?? path)) return 'command line'
    return inFile.has(path) && file !== undefined ? file : 'default'
  }
  const flags = given.filter((option) => FLAG.test(option)).map((option) => `--${option}`)
  return [
    ...leavesOf(inForce).map(([path, value]) => `${path} = ${value} (${originOf(path)})`),
    ...flags.map((flag) => `${flag} (command line)`),
  ]
}

/** Options that take no value. */
const FLAG = /^(accept|lost|move)-/

/** Every single value in an object, with its path; a list is one value. */
const leavesOf = (value: object, path = ''): [path: string, value: string][] =>
  Object.entries(value).flatMap(([name, it]): [string, string][] => {
    const here = path === '' ? name : `${path}.${name}`
    if (!Array.isArray(it) && typeof it === 'object') return leavesOf(it, here)
    return [[here, Array.isArray(it) ? it.join(', ') : String(it)]]
  })
