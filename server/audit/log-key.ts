import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
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
  const text = await readWhereThere(file)
  if (text === undefined) return undefined
  const key = parseVerifierKey(text.trim()) ?? parsePrivateKey(text)
  if (!key) throw new Error(`${file} does not hold the access log's key (an Ed25519 private key, PEM).`)
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
  await mkdir(dirname(file), { recursive: true })
  const draft = await writeDraft(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  try {
    // Unlike renaming, this never replaces a file.
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
  return (await findLogKey(file)) ?? noteKeyOf(privateKey)
}

/** The checkpoint beside the key; `undefined` where there was none yet. */
export const findPinnedCheckpoint = (keyFile: string): Promise<string | undefined> =>
  readWhereThere(pinnedFile(keyFile))

/**
 * Keeps a checkpoint beside the key. Of processes that share the folder, the one that saw the larger log wins.
 *
 * @param instead even of a larger one: the log was set back, and that was accepted.
 */
export const pinCheckpoint = async (keyFile: string, note: string, instead = false): Promise<void> => {
  const file = pinnedFile(keyFile)
  const before = instead ? undefined : await readWhereThere(file)
  if (before !== undefined && parseCheckpoint(before).size > parseCheckpoint(note).size) return
  await rename(await writeDraft(file, note), file)
}

export const pinnedFile = (keyFile: string): string => `${keyFile}.checkpoint`

/** Written as a whole, and on disk, before it gets its name. */
const writeDraft = async (file: string, content: string | Buffer): Promise<string> => {
  const draft = `${file}.${randomUUID()}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } catch (error) {
    // A full disk is not filled with beginnings.
    await rm(draft, { force: true })
    throw error
  } finally {
    await handle.close()
  }
  return draft
}

const readWhereThere = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
