import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { OperatorError } from '../errors.ts'

/** A file that cannot be used. The message is one sentence that names the file, and never quotes its content. */
export class FileRefused extends OperatorError {
  readonly code = 'file-refused'
  /** Whether there is no file of this name that this user can open. */
  readonly isAbsent: boolean
  /** The sentence without the name. */
  readonly reason: string

  constructor(file: string, reason: string, cause?: unknown) {
    super(`${file} ${reason}`, { cause })
    this.reason = reason
    this.isAbsent = cause !== undefined
  }
}

/**
 * Reads a small text file that an operator named.
 *
 * @param largest in kB.
 * @param check throws for a file that must not be used, before it is read.
 * @throws FileRefused when it is missing, too large, no file, or not UTF-8; and what `check` throws.
 */
export const readTextFile = async (
  file: string,
  largest: number,
  check: (stats: Stats) => void = () => {},
): Promise<string> => {
  const handle = await openFile(file)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw new FileRefused(file, stats.isDirectory() ? 'is a folder.' : 'is not a file.')
    check(stats)
    if (stats.size > largest * 1024) throw new FileRefused(file, `is larger than ${largest} kB.`)
    return textOf(file, await handle.readFile())
  } finally {
    await handle.close()
  }
}

/** Opens without waiting, because a named pipe would block until somebody writes into it. */
const openFile = async (file: string): Promise<FileHandle> => {
  try {
    return await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    throw new FileRefused(file, code === 'ENOENT' ? 'does not exist.' : `cannot be read (${code}).`, cause)
  }
}

const textOf = (file: string, bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new FileRefused(file, 'is not text in UTF-8.')
  }
}
