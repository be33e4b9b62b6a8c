import { access, constants, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { LARGEST, TooLarge } from './records.ts'

/** Whether the file is at fault and not the database: it is missing, unreadable, a folder, not UTF-8, or too large. */
export const isReadError = (error: unknown): error is Error & { code?: string } =>
  error instanceof TooLarge ||
  (error instanceof Error && 'code' in error && typeof error.code === 'string' && READ_ERRORS.has(error.code))

const READ_ERRORS = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'it is a folder'],
  ['EIO', 'the disk could not read it'],
  ['Z_DATA_ERROR', 'it is not gzip, although its name ends with .gz'],
  ['Z_BUF_ERROR', 'it is packed with gzip, and cut off'],
  ['ERR_ENCODING_INVALID_ENCODED_DATA', 'it is not UTF-8'],
])

export const readErrorReason = (error: Error & { code?: string }): string =>
  error instanceof TooLarge
    ? `a JSON text is larger than ${LARGEST / 1_000_000} MB; NDJSON, with one resource a line, has no limit`
    : (READ_ERRORS.get(error.code ?? '') ?? 'it cannot be read')

/** A path that holds nothing to import; the message is for the person who typed it. */
export class InputMissing extends Error {}

/**
 * Replaces each folder with the .json and .ndjson files in it, also with .gz, because a command line cannot name very many.
 *
 * @throws InputMissing at the first path that cannot be read, or folder without such a file.
 */
export const inputFiles = async (paths: readonly string[]): Promise<string[]> => {
  const files: string[] = []
  for (const path of paths) {
    await requireReadable(path)
    if ((await stat(path)).isDirectory()) for (const file of await filesInFolder(path)) files.push(file)
    else files.push(path)
  }
  return files
}

const requireReadable = async (path: string): Promise<void> => {
  try {
    await access(path, constants.R_OK)
  } catch (error) {
    if (!isReadError(error)) throw error
    throw new InputMissing(`Nothing was imported: ${path} cannot be read, because ${readErrorReason(error)}.`)
  }
}

const filesInFolder = async (folder: string): Promise<string[]> => {
  const names = await readdir(folder, { recursive: true })
  const files = names.filter((name) => /\.(json|ndjson)(\.gz)?$/.test(name)).sort()
  if (files.length === 0)
    throw new InputMissing(`Nothing was imported: the folder ${folder} holds no .json or .ndjson file.`)
  return files.map((name) => join(folder, name))
}
