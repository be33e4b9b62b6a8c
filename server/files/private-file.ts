import { randomUUID } from 'node:crypto'
import {
  access,
  chmod,
  constants,
  type FileHandle,
  link,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
} from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { OperatorError } from '../errors.ts'

/** The mode of every file that holds a key, a checkpoint or the database: only its owner may read and write it. */
export const PRIVATE_MODE = 0o600

/** Makes new files of this process private, whatever umask the shell set. */
export const keepFilesPrivate = (): void => {
  process.umask(0o077)
}

/** A file that cannot be used; the message is one sentence for the person at the terminal. */
export class PrivateFileRefused extends OperatorError {
  readonly code = 'private-file'
}

/** Removes other users' access to a file. */
export type Narrow = (file: string) => Promise<void>

/**
 * Returns the text of a private file, or `undefined` if there is none, and removes other users' access to the file.
 *
 * @param narrow removes it; a command that changes nothing leaves it.
 * @throws PrivateFileRefused when it cannot be read, or its mode cannot be changed.
 */
export const findPrivateFile = async (
  file: string,
  narrow: Narrow = narrowFile,
): Promise<string | undefined> => {
  const text = await findFile(file)
  if (text !== undefined) await narrow(file)
  return text
}

/**
 * Returns the text of a file, or `undefined` if there is none.
 *
 * @throws PrivateFileRefused when it cannot be read.
 */
export const findFile = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw unreadable(file, error)
  }
}

/** Says why a file cannot be read now; undefined if it can. */
export const findUnreadable = (file: string): Promise<string | undefined> =>
  access(file, constants.R_OK).then(
    () => undefined,
    (error: unknown) => unreadable(file, error).message,
  )

/** Says why a file could not be put in its place; undefined if it could. Missing folders on its path would be made. */
export const findUnwritable = async (file: string): Promise<string | undefined> => {
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder))
    try {
      // The slash requires a folder.
      await access(`${folder}/`, constants.W_OK | constants.X_OK)
      return undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return refused(file, 'written', error).message
    }
}

export const unreadable = (file: string, error: unknown): PrivateFileRefused => refused(file, 'read', error)

const refused = (file: string, what: 'read' | 'written', error: unknown): PrivateFileRefused => {
  const { code = '' } = error as NodeJS.ErrnoException
  return new PrivateFileRefused(`${file} cannot be ${what}: ${REASONS[code] ?? code}.`, { cause: error })
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
  ENOTDIR: 'part of its path is not a folder',
  ELOOP: 'part of its path is a link to itself',
}

/**
 * Removes other users' access to a file if there is one, and reports that in one line. Another process may delete the file at any
 * moment, as SQLite does with its log when the last connection closes.
 *
 * @throws PrivateFileRefused when its mode cannot be changed.
 */
export const narrowFile = async (file: string): Promise<void> => {
  // Windows has no modes; access there is inherited from the folder.
  if (process.platform === 'win32') return
  try {
    await narrow(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

const narrow = async (file: string): Promise<void> => {
  const stats = await stat(file)
  const mode = stats.mode & 0o777
  if (!stats.isFile() || (mode & 0o077) === 0) return
  const octalMode = mode.toString(8)
  try {
    await chmod(file, mode & 0o700)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw cause
    throw new PrivateFileRefused(
      `${file} is open to others (mode ${octalMode}), and this user cannot change that. Set its mode to 600.`,
      { cause },
    )
  }
  process.stderr.write(`${file} was open to others (mode ${octalMode}); its mode is 600 now.\n`)
}

/** Creates a file unless it exists. @returns whether it was created. @throws PrivateFileRefused when it cannot be written. */
export const createPrivateFile = async (file: string, content: string | Buffer): Promise<boolean> => {
  const draft = await writeDraft(file, content)
  try {
    // Unlike renaming, this never replaces a file.
    await link(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    await rm(draft, { force: true })
  }
}

/** Replaces a file atomically: a reader sees either the old file or the new one. @throws PrivateFileRefused */
export const replacePrivateFile = async (file: string, content: string | Buffer): Promise<void> =>
  rename(await writeDraft(file, content), file)

/**
 * Writes and syncs the content under a temporary name, so that there is never half a file under the final name. @returns that
 * name.
 */
const writeDraft = async (file: string, content: string | Buffer): Promise<string> => {
  const draft = `${file}.${randomUUID()}`
  const handle = await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    .then(() => open(draft, 'wx', PRIVATE_MODE))
    .catch((error: unknown) => {
      throw refused(file, 'written', error)
    })
  try {
    await handle.writeFile(content)
    await giveToOwner(handle, file)
    await handle.sync()
  } catch (error) {
    // Deletes the draft, so that drafts do not fill a full disk further.
    await rm(draft, { force: true })
    throw refused(file, 'written', error)
  } finally {
    await handle.close()
  }
  return draft
}

/** What root writes belongs to the owner of the file that it replaces, or of the folder, because the server runs as another user. */
export const giveToOwner = async (draft: FileHandle, file: string): Promise<void> => {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(file).catch(() => stat(dirname(file)))
  await draft.chown(uid, gid)
}
