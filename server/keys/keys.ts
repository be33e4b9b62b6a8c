import { randomUUID } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { JWK } from 'jose'
import { appendAccess } from '../audit/write/log.ts'
import type { ServerDeps } from '../audit/write/recorder.ts'
import { OperatorError } from '../errors.ts'
import { narrowFile, unreadable } from '../files/private-file.ts'
import { endOf } from '../store/last-writes.ts'
import type { Db } from '../store/schema.ts'
import { addSetting, findSetting, putSetting } from '../store/settings.ts'
import type { Store } from '../store/store.ts'
import {
  belongsTo,
  createKeyFile,
  findKeyFile,
  type KeyFile,
  newKeyFile,
  parseKeyFile,
  publishedKeys,
  replaceKeyFile,
} from './key-file.ts'

/**
 * Keys that every process of an organization shares. They lie in a file, never in the database (decision 29). Read each key where it is
 * used, and keep none: they may be replaced at any time.
 */
export interface Keys {
  /** Signs id_tokens (RS256, SMART App Launch 2.2 section 3.4). */
  readonly signing: JWK
  /** Signs the engine's cookies. */
  readonly cookies: string
  /** Seals page links of FHIR searches, and the tokens of other companies. */
  readonly pages: Uint8Array
  /** Former `pages`, with which only what lies in the database is opened, until it is sealed anew. */
  readonly resealing: readonly Uint8Array[]
  /** Binds a form to the interaction it was shown for. */
  readonly forms: Uint8Array
}

/** The keys of a running server, as they are in the file now. */
export interface Keyring extends Keys {
  /** The public keys that clients verify with, that of the signing key first. */
  readonly published: readonly JWK[]
  /**
   * Says why these are not the keys of a database: another machine's file may have replaced them, or this one cannot be read.
   *
   * @param kid as `findKeyId` returned it.
   */
  findFault(kid: string | undefined): string | undefined
  /** Says why the file cannot be read, or holds no keys; the keys that were read last stay in use. */
  findReadFault(): string | undefined
  /**
   * Holds the keys until this transaction ends: what is sealed in it is stored before they are replaced.
   *
   * @throws KeysRefused when they are not the keys of the database, so nothing is sealed that only this process could open.
   */
  hold(trx: Db): Promise<void>
}

/** Why the server does not start. */
class KeysRefused extends OperatorError {
  readonly code = 'keys-refused'
}

interface KeyDeps extends ServerDeps {
  readonly file: string
  /** Called when the file can no longer be read; the keys read last stay in use. */
  readonly onFault: (error: unknown) => void
}

/**
 * Opens the key file, and creates it at the first start.
 *
 * @throws KeysRefused when the database was used with other keys, or the file is missing.
 */
export const openKeys = async (deps: KeyDeps): Promise<Keyring> => {
  const { store, file } = deps
  const existing = await findKeyFile(file)
  if (!existing) await requireFirstStart(store.db, file)
  const isCreated = !existing && (await createKeyFile(file, await newKeyFile(deps.clock())))
  const keys = await requireKeyFile(file)
  try {
    await store.write((trx) => claimDatabase(trx, deps, keys))
  } catch (error) {
    // Delete the new file only if the database has other keys. After any other error the database may already know these,
    // because a second server that starts at the same moment has read them from this file.
    if (isCreated && error instanceof KeysRefused) await rm(file, { force: true })
    throw error
  }
  return keyring(deps, keys)
}

/** Makes keys for an engine that serves no requests. */
export const temporaryKeys = async (): Promise<Keys> => toKeys(await newKeyFile(Date.now()))

/**
 * Checks that a start would accept the key file, and changes nothing.
 *
 * @returns whether there is one; otherwise the start would create it.
 * @throws KeysRefused, PrivateFileRefused as `openKeys` does.
 */
export const checkKeys = async (db: Db, file: string): Promise<boolean> => {
  const keys = await findKeyFile(file, async () => undefined)
  if (!keys) await requireFirstStart(db, file)
  else if (!belongsTo(keys, await findKeyId(db))) throw new KeysRefused(otherKeys(file))
  return keys !== undefined
}

const toKeys = ({ signing, cookies, pages, forms, resealing = [] }: KeyFile): Keys => ({
  signing: signing[0].key,
  cookies,
  pages: Buffer.from(pages, 'base64url'),
  forms: Buffer.from(forms, 'base64url'),
  resealing: resealing.map((key) => Buffer.from(key, 'base64url')),
})

const keyring = ({ file, clock, onFault }: KeyDeps, initial: KeyFile): Keyring => {
  let content = initial
  let keys = toKeys(initial)
  let lastStamp: string | undefined
  /** Why the file could not be read, reported once for each state of the file. */
  let readFault: { readonly stamp: string | undefined; readonly words: string } | undefined
  /**
   * Checks the file at each use of a key, so that no server signs with a key that another server does not publish yet, and a stolen
   * one ends at once. The read is synchronous, because an asynchronous one would wait in the thread pool behind password hashes.
   */
  const read = (): Keys => {
    const stamp = stampOf(file)
    if (stamp === lastStamp) {
      readFault = undefined
      return keys
    }
    const isNew = stamp !== readFault?.stamp
    try {
      const read = parseKeyFile(readText(file), file)
      keys = toKeys(read)
      content = read
      lastStamp = stamp
      readFault = undefined
    } catch (error) {
      readFault = { stamp, words: (error as Error).message }
      if (isNew) onFault(error)
    }
    if (isNew && !readFault) narrowFile(file).catch(onFault)
    return keys
  }
  const findReadFault: Keyring['findReadFault'] = () => {
    read()
    return readFault?.words
  }
  const findFault: Keyring['findFault'] = (kid) => {
    const words = findReadFault()
    return belongsTo(content, kid) ? undefined : (words ?? otherKeys(file))
  }
  return {
    get signing() {
      return read().signing
    },
    get cookies() {
      return read().cookies
    },
    get pages() {
      return read().pages
    },
    get forms() {
      return read().forms
    },
    get resealing() {
      return read().resealing
    },
    get published() {
      read()
      return publishedKeys(content, clock())
    },
    findFault,
    findReadFault,
    hold: async (trx) => {
      await lockKeys(trx)
      const fault = findFault(await findKeyId(trx))
      if (fault !== undefined) throw new KeysRefused(fault)
    },
  }
}

/** @throws PrivateFileRefused when it cannot be read. */
const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** Returns a stamp that changes with the content, because the file is always replaced, never overwritten, and with its owner and mode. */
const stampOf = (file: string): string => {
  try {
    const { ino, ctimeNs, size } = statSync(file, { bigint: true })
    return `${ino} ${ctimeNs} ${size}`
  } catch (error) {
    return `${(error as NodeJS.ErrnoException).code}`
  }
}

/** @throws KeysRefused when the file does not exist. */
const requireKeyFile = async (file: string): Promise<KeyFile> => {
  const keys = await findKeyFile(file)
  if (!keys) throw new KeysRefused(`The keys are missing: there is no file ${file}.`)
  return keys
}

/** The setting in the database with the id of the signing key. It shows whether keys exist, and which. */
const KEY_ID = 'keys.signing'

export const findKeyId = (db: Db): Promise<string | undefined> => findSetting(db, KEY_ID)

/** Locks the keys until this transaction ends; waits for another transaction that holds the lock. */
export const lockKeys = async (trx: Db): Promise<void> => {
  await trx
    .updateTable('setting')
    .set((eb) => ({ value: eb.ref('value') }))
    .where('name', '=', KEY_ID)
    .execute()
}

/**
 * Completes a rotation of compromised keys: has everything in the database sealed with the current key, and then forgets the former
 * ones. Does nothing if no rotation is under way, so that each start may call it after one that was interrupted.
 *
 * @param reseal seals anew what `resealing` opens.
 */
export const finishRotation = async (
  store: Store,
  file: string,
  reseal: (store: Store, keys: Pick<Keys, 'pages' | 'resealing'>) => Promise<void>,
): Promise<void> => {
  const content = await findKeyFile(file)
  if (!content?.resealing) return
  await reseal(store, toKeys(content))
  await store.write(async (trx) => {
    await lockKeys(trx)
    const { resealing, ...current } = await requireKeyFile(file)
    // Another rotation may have begun meanwhile; it completes by itself.
    if (current.pages === content.pages) await replaceKeyFile(file, current)
  })
}

/** @throws KeysRefused when the database was used with keys before. */
const requireFirstStart = async (db: Db, file: string): Promise<void> => {
  if ((await findKeyId(db)) === undefined) return
  throw new KeysRefused(
    `The keys of this database are missing: there is no file ${file}. Copy it from another server of this organization or from a backup. If it is lost, "npm run admin -- keys rotate --lost" makes new keys.`,
  )
}

/**
 * Claims the database for these keys: of servers that each created a file on their own machine, only one succeeds. Completes and logs
 * a rotation that was interrupted after it had changed the file.
 *
 * @throws KeysRefused when the database was last used with other keys.
 */
const claimDatabase = async (trx: Db, { config, clock, file }: KeyDeps, keys: KeyFile): Promise<void> => {
  const [{ key }] = keys.signing
  await addSetting(trx, KEY_ID, key.kid)
  await lockKeys(trx)
  const mark = await findKeyId(trx)
  if (mark === key.kid) return
  if (!belongsTo(keys, mark)) throw new KeysRefused(otherKeys(file))
  await storeKeyId(trx, key.kid)
  const access = {
    kind: 'register',
    requestId: randomUUID(),
    outcome: 'success',
    agent: { address: 'server' },
    patients: [],
    details: { change: 'keys', key: key.kid },
  } as const
  appendAccess(endOf(trx), access, { now: clock(), config })
}

/** Says that a key file is not the one of the database, and what to do. */
export const otherKeys = (file: string): string =>
  `${file} does not contain the keys that this database used last. Copy the file from the server where they were made or rotated. If they are lost, move ${file} away; then "npm run admin -- keys rotate --lost" makes new keys.`

/** Stores which key signs. @param kid its id, which is public. */
export const storeKeyId = (trx: Db, kid: string): Promise<void> => putSetting(trx, KEY_ID, kid)
