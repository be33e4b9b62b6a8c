import { access, constants, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isReadError, readErrorReason } from './read-errors.ts'

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
