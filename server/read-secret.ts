import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** A secret cannot be used; the message is one sentence that names the file, and never what is in it. */
export class SecretRefused extends Error {
  readonly code = 'secret-refused'
}

/** More than any key or token has. */
const LARGEST = 65_536

/**
 * Returns the secret in a file, without surrounding white space. Reads the file at each call, so that a secret can be replaced while
 * the server runs.
 *
 * @throws SecretRefused when the file is missing, empty, too large, not text, or open to other users of this machine.
 */
export const readSecret = async (file: string): Promise<string> => {
  const handle = await openSecret(file)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw new SecretRefused(`${file} is not a file.`)
    if (isOpenToOthers(stats)) {
      const mode = (stats.mode & 0o777).toString(8)
      throw new SecretRefused(
        `${file} is open to others (mode ${mode}). Close it with: chmod 600 ${shellWord(file)}`,
      )
    }
    if (stats.size > LARGEST) throw new SecretRefused(`${file} is larger than 64 kB, so it is no secret.`)
    const secret = textOf(file, await handle.readFile()).trim()
    if (secret === '') throw new SecretRefused(`${file} is empty.`)
    return secret
  } finally {
    await handle.close()
  }
}

/** Opens without waiting, because a named pipe would block until somebody writes into it. */
const openSecret = async (file: string): Promise<FileHandle> => {
  try {
    return await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`
    throw new SecretRefused(`${file} ${reason}.`, { cause })
  }
}

/**
 * Whether another user may read or change the file. A file of root may be readable by its group, because service managers hand
 * secrets over like that.
 */
const isOpenToOthers = ({ mode, uid }: { mode: number; uid: number }): boolean =>
  // Windows has no modes; access there is inherited from the folder.
  process.platform !== 'win32' && (mode & (uid === 0 && process.getuid?.() !== 0 ? 0o037 : 0o077)) !== 0

const textOf = (file: string, bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new SecretRefused(`${file} is not text in UTF-8.`)
  }
}

const shellWord = (file: string): string =>
  /^[\w@%+=:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`
