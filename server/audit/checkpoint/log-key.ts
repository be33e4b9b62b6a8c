import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import {
  createPrivateFile,
  findFile,
  findPrivateFile,
  type Narrow,
  narrowFile,
  replacePrivateFile,
} from '../../files/private-file.ts'
import { joinSubtrees } from '../tree/tree.ts'
import {
  type Checkpoint,
  CheckpointRefused,
  type NoteKey,
  noteKeyOf,
  openCheckpoint,
  parseCheckpoint,
  parseVerifierKey,
  signCheckpoint,
} from './checkpoint.ts'

/**
 * The key that signs checkpoints, the newest checkpoint, and up to where the log was checked are files outside of the database, never in
 * it. An attacker who can write only the database can neither sign a change, nor set the log back unnoticed, nor have a part of it
 * pass as checked.
 */

/**
 * Reads the key in a file: a private one (PEM), or a public one as `B/audit/key` serves it, which can only verify. Returns
 * `undefined` if there is no file.
 *
 * @param narrow as that of `findPrivateFile`.
 * @throws Error when the file holds something else.
 */
export const findLogKey = async (file: string, narrow: Narrow = narrowFile): Promise<NoteKey | undefined> => {
  const text = await findFile(file)
  if (text === undefined) return undefined
  const publicKey = parseVerifierKey(text.trim())
  if (publicKey) return publicKey
  const key = parsePrivateKey(text)
  if (key) await narrow(file)
  else throw new Error(`${file} does not hold the access log's key (an Ed25519 private key, PEM).`)
  return key
}

const parsePrivateKey = (pem: string): NoteKey | undefined => {
  try {
    const key = createPrivateKey(pem)
    return key.asymmetricKeyType === 'ed25519' ? noteKeyOf(key) : undefined
  } catch {
    return undefined
  }
}

/** Creates a key, or returns the one that another process created meanwhile. */
export const createLogKey = async (file: string): Promise<NoteKey> => {
  const { privateKey } = generateKeyPairSync('ed25519')
  await createPrivateFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  return (await findLogKey(file)) ?? noteKeyOf(privateKey)
}

/** The origin of the checkpoints up to which the log was checked, so that none that was only signed passes for one. */
const CHECKED = 'checked'

/** How many entries of the log were read and found sound, and the root of their tree. */
export type CheckedLog = Pick<Checkpoint, 'size' | 'root'>

/** Of a log, before its first check. */
export const NOTHING: CheckedLog = { size: 0, root: joinSubtrees([]) }

/**
 * Returns up to where the log was checked, according to the file beside the key; `undefined` if there is none that this key signed.
 */
export const findChecked = async (
  keyFile: string,
  key: NoteKey,
  narrow?: Narrow,
): Promise<CheckedLog | undefined> => {
  const note = await findPrivateFile(checkedFile(keyFile), narrow)
  try {
    return note === undefined ? undefined : openCheckpoint(note, key, CHECKED)
  } catch (error) {
    if (error instanceof CheckpointRefused) return undefined
    throw error
  }
}

/** @throws Error when the private key is missing. */
export const storeChecked = async (keyFile: string, key: NoteKey, checked: CheckedLog): Promise<void> =>
  replacePrivateFile(checkedFile(keyFile), signCheckpoint({ ...checked, origin: CHECKED }, key).note)

export const checkedFile = (keyFile: string): string => `${keyFile}.checked`

/** Returns the checkpoint beside the key, or `undefined` if there is none yet. */
export const findPinnedCheckpoint = (keyFile: string, narrow?: Narrow): Promise<string | undefined> =>
  findPrivateFile(pinnedFile(keyFile), narrow)

/**
 * Stores a checkpoint beside the key, unless another process that shares the folder has stored one of a larger log.
 *
 * @param afterRollback replaces even a larger one, because the log was set back and the operator accepted that.
 */
export const pinCheckpoint = async (keyFile: string, note: string, afterRollback = false): Promise<void> => {
  const file = pinnedFile(keyFile)
  const pinned = afterRollback ? undefined : await findPrivateFile(file)
  if (pinned !== undefined && parseCheckpoint(pinned).size > parseCheckpoint(note).size) return
  await replacePrivateFile(file, note)
}

export const pinnedFile = (keyFile: string): string => `${keyFile}.checkpoint`
