import type { Stats } from 'node:fs'
import { FileRefused, readTextFile } from './read-text-file.ts'

/** More than any key or token needs, in kB. */
const LARGEST = 64

/**
 * Returns the secret in a file, without surrounding white space. Reads the file at each call, so that a secret can be replaced while
 * the server runs.
 *
 * @throws FileRefused when the file is missing, empty, too large, not text, or open to other users of this machine.
 */
export const readSecret = async (file: string): Promise<string> => {
  const secret = (await readTextFile(file, LARGEST, (stats) => requireClosed(file, stats))).trim()
  if (secret === '') throw new FileRefused(file, 'is empty.')
  return secret
}

/** @throws FileRefused when another user may read or change the file, with the command that closes it. */
const requireClosed = (file: string, { mode, uid }: Stats): void => {
  // Windows has no modes; access there is inherited from the folder.
  if (process.platform === 'win32') return
  // A service manager hands secrets over in files of root that the server's group may read.
  const isHandedOver = uid === 0 && process.getuid?.() !== 0
  if ((mode & (isHandedOver ? 0o037 : 0o077)) === 0) return
  const octal = (mode & 0o777).toString(8)
  throw new FileRefused(
    file,
    `is open to others (mode ${octal}). Close it with: chmod 600 ${shellWord(file)}`,
  )
}

const shellWord = (file: string): string =>
  /^[\w@%+=:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`
