import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import {
  createPrivateFile,
  findFile,
  findPrivateFile,
  narrowFile,
  replacePrivateFile,
} from '../store/private-file.ts'
import { type NoteKey, noteKeyOf, parseCheckpoint, parseVerifierKey } from './checkpoint.ts'

/**
 * Files beside the database, never in it: the key that signs checkpoints, and the newest checkpoint. Whoever can write
 * the database alone can neither sign what they wrote, nor set it back unnoticed.
 */

/**
 * The key in a file: a private one (PEM), or a public one as `B/audit/key` gives it, which only checks.
 *
 * @throws Error when the file holds something else.
 */
export const findLogKey = async (file: string): Promise<NoteKey | undefined> => {
  const text = await findFile(file)
  if (text === undefined) return undefined
  const published = parseVerifierKey(text.trim())
  if (published) return published
  const key = parsePrivateKey(text)
  if (key) await narrowFile(file)
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

/** A new key, or the one that another process made meanwhile. */
export const createLogKey = async (file: string): Promise<NoteKey> => {
  const { privateKey } = generateKeyPairSync('ed25519')
  await createPrivateFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  return (await findLogKey(file)) ?? noteKeyOf(privateKey)
}

/** The checkpoint beside the key; `undefined` where there was none yet. */
export const findPinnedCheckpoint = (keyFile: string): Promise<string | undefined> =>
  findPrivateFile(pinnedFile(keyFile))

/**
 * Keeps a checkpoint beside the key. Of processes that share the folder, the one that saw the larger log wins.
 *
 * @param instead even of a larger one: the log was set back, and that was accepted.
 */
export const pinCheckpoint = async (keyFile: string, note: string, instead = false): Promise<void> => {
  const file = pinnedFile(keyFile)
  const before = instead ? undefined : await findPrivateFile(file)
  if (before !== undefined && parseCheckpoint(before).size > parseCheckpoint(note).size) return
  await replacePrivateFile(file, note)
}

export const pinnedFile = (keyFile: string): string => `${keyFile}.checkpoint`
