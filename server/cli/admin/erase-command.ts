import type { SigningContext } from '../../audit/checkpoint/append-signed.ts'
import {
  CheckpointRefused,
  type NoteKey,
  openCheckpoint,
  originOf,
  parseCheckpoint,
} from '../../audit/checkpoint/checkpoint.ts'
import { LogChanged, newestNote, signLog } from '../../audit/checkpoint/kept-checkpoints.ts'
import { findLogKey, findPinnedCheckpoint, pinCheckpoint } from '../../audit/checkpoint/log-key.ts'
import { type Erasable, erasePerson, findErasable, isUnwiped, wipeMarked } from '../../audit/erase/erase.ts'
import type { Person } from '../../audit/erase/mentions.ts'
import { isObject, type Json, stringsAt, valuesAt } from '../../query/json-path.ts'
import type { FileSettings } from '../../start/config-file.ts'
import { defaultDatabase, defaultLogKey } from '../../start/database-url.ts'
import { withStore } from '../../start/open-database.ts'
import { parseArguments } from '../../start/parse-arguments.ts'
import { AdminError, type Terminal, UsageError, writeLine } from '../../start/terminal.ts'
import type { Db } from '../../store/schema.ts'
import { type Store, StoreUnavailable } from '../../store/store.ts'
import { configOf, requireTrustedClock } from './log-change.ts'
import { requireTyped } from './read-password.ts'

const OPTIONS = {
  db: { type: 'string', default: defaultDatabase },
  'log-key': { type: 'string' },
} as const

/**
 * Erases a patient's personal values from the access log and from the database's files. The log itself records what was erased,
 * and when. Asks first, unless the arguments contain `--yes`. Finishes an erasure that was interrupted, whoever it was about.
 *
 * @throws UsageError, AdminError
 */
export const eraseLog = async (
  args: string[],
  terminal: Terminal,
  settings?: FileSettings,
): Promise<object> => {
  const options = {
    ...OPTIONS,
    patient: { type: 'string' },
    yes: { type: 'boolean', default: false },
  } as const
  const { patient, yes, db, 'log-key': logKey } = parseArguments({ args, options }).values
  if (!patient)
    throw new UsageError('--patient is missing. Give the id of the patient to erase from the log.')
  const confirm = async (store: Store) => {
    const isUnfinished = await isUnwiped(store.db)
    if (isUnfinished) writeLine(terminal.stderr, UNFINISHED)
    const erasable = await findErasable(store.db, await findPerson(store.db, patient))
    if (!erasable && isUnfinished) return
    if (!erasable) throw new AdminError(`The access log has no entry about a patient ${patient}.`)
    if (yes) return
    await requireTyped(terminal, {
      warning: warningOf(patient, erasable),
      question: `Type ${patient} to erase them: `,
      word: patient,
    })
  }
  const erase = async (store: Store, context: SigningContext) => {
    const erased = await erasePerson(store, await findPerson(store.db, patient), context)
    await wipe(store)
    return { erased }
  }
  return withLog({ db, file: logKey ?? defaultLogKey(db, settings?.file) }, erase, confirm)
}

const UNFINISHED =
  "An earlier erasure was not finished: what it erased is still in the database's files. This command removes it from them too."

const warningOf = (patient: string, { entries, mentions, dates }: Erasable): string[] => {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10)
  const count = (number: number) => `${number.toLocaleString('en-US')} ${number === 1 ? 'entry' : 'entries'}`
  if (!dates)
    return [
      `This erases names, addresses, ids and searches from ${count(mentions)} of the access log about others that mention the patient ${patient}. No entry is about this patient.`,
      'It cannot be undone. Afterwards nobody, not even those others, can see who did what these entries record.',
      'Copies of the log in backups stay, until you delete them.',
    ]
  const others = `It does the same to ${count(mentions)} about others that mention this patient.`
  return [
    `This erases names, addresses, ids and searches from ${count(entries)} of the access log, dated ${day(dates.first)} to ${day(dates.last)}: all that are about the patient ${patient}, and all that record what this patient did.`,
    ...(mentions > 0 ? [others] : []),
    'It cannot be undone. Afterwards nobody, not even the patient, can see who has read this record so far.',
    'The record itself stays. Copies of the log in backups stay too, until you delete them.',
  ]
}

/** Removes the old values from the files, because a database leaves them there until it reuses the space. @throws AdminError */
const wipe = async (store: Store): Promise<void> => {
  try {
    await wipeMarked(store)
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    const { cause } = error
    throw new AdminError(
      `The entries are erased, but their old values are still in the database's files, which could not be rewritten: ${cause instanceof Error ? cause.message : cause}. Run the command again.`,
    )
  }
}

/** @throws AdminError */
const withLog = <T>(
  { db, file }: { db: string; file: string },
  work: (store: Store, context: SigningContext) => Promise<T>,
  confirm: (store: Store) => Promise<void>,
): Promise<T> =>
  withStore(db, async (store) => {
    const key = await requireKey(store, file)
    await confirm(store)
    const clock = await requireTrustedClock(store.db)
    const context = { config: await configOf(store), clock, key }
    const result = await work(store, context)
    await sign(store, file, context)
    return result
  })

/** Returns the key that signed the log, because an erasure that it did not sign counts for nothing. @throws AdminError */
const requireKey = async (store: Store, file: string): Promise<NoteKey> => {
  const newest = await newestNote(store.db)
  const key = await findLogKey(file)
  if (!key?.privateKey)
    throw new AdminError(
      `Nothing was changed. The log's key signs each erasure, and ${file} does not hold it. Run the command where the key is, or name it with --log-key.`,
    )
  try {
    if (newest !== undefined) openCheckpoint(newest, key)
    return key
  } catch (error) {
    if (!(error instanceof CheckpointRefused)) throw error
    throw new AdminError(
      error.reason === 'key'
        ? `Nothing was changed. The key in ${file} is not the one that signed the access log.`
        : 'Nothing was changed. The access log is not the one that was signed. Run npm run audit:verify.',
    )
  }
}

/**
 * Signs immediately, so that a browser that reads the log now gets a proof of the erasure too.
 *
 * @throws AdminError
 */
const sign = async (store: Store, file: string, { config, clock, key }: SigningContext): Promise<void> => {
  const origin = originOf(config.publicUrl)
  // To a browser, another origin is another log, so only the origin that the server signs with is used.
  try {
    const newest = await newestNote(store.db)
    if (newest === undefined || parseCheckpoint(newest).origin !== origin) return
    const { note } = await signLog(store, {
      origin,
      key,
      clock,
      outsideCheckpoint: await openPinnedCheckpoint(file, key),
    })
    await pinCheckpoint(file, note)
  } catch (error) {
    if (!(error instanceof LogChanged || error instanceof CheckpointRefused)) throw error
    throw new AdminError(
      'The command succeeded, but the result is not signed: the access log is not the one that was signed before. Run npm run audit:verify.',
    )
  }
}

const openPinnedCheckpoint = async (file: string, key: NoteKey) => {
  const pinned = await findPinnedCheckpoint(file)
  return pinned === undefined ? undefined : openCheckpoint(pinned, key)
}

const VALUES = ['identifier.value', 'telecom.value', 'birthDate']

/**
 * Finds what the organization knows a patient by, for an erasure of the log: from the Patient resource, if it is in this database, and
 * from the accounts that open the record.
 */
export const findPerson = async (db: Db, patient: string): Promise<Person> => {
  const row = await db
    .selectFrom('resource')
    .select('json')
    .where('type', '=', 'Patient')
    .where('id', '=', patient)
    .executeTakeFirst()
  const accounts = await db
    .selectFrom('account')
    .select(['id', 'name'])
    .where('patient', '=', patient)
    .execute()
  const resource = row ? (JSON.parse(row.json) as Json) : {}
  return {
    patient,
    accounts: accounts.map(({ id }) => id),
    values: VALUES.flatMap((path) => stringsAt(resource, path)),
    names: [
      ...accounts.map(({ name }) => name),
      ...valuesAt(resource, 'name').filter(isObject).flatMap(namesIn),
    ],
  }
}

/** Returns a name as it is written, and each given name with the family name. */
const namesIn = (name: Json): string[] => {
  const [family = ''] = stringsAt(name, 'family')
  return [...stringsAt(name, 'text'), ...stringsAt(name, 'given').map((given) => `${given} ${family}`)]
}
