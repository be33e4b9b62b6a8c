import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { FileSettings } from '../../start/config-file.ts'
import { type DatabaseUrl, defaultDatabase, defaultKeyFile, defaultLogKey } from '../../start/database-url.ts'
import { UsageError } from '../../start/terminal.ts'

/** The files of a backup. The manifest is written last, so a folder without one is no backup. */
export const BACKUP = {
  manifest: 'backup.json',
  database: 'database',
  checkpoint: 'log-key.checkpoint',
} as const
/** The files of the folder of keys. */
export const KEYS = { keys: 'keys', logKey: 'log-key' } as const

export interface Manifest {
  readonly format: 1
  readonly engine: DatabaseUrl['kind']
  /** When it was taken, RFC 3339. */
  readonly taken: string
  /** The length of the access log, with the entries that wait for their place. */
  readonly entries: number
  /** Of the file `database`, in hexadecimal. */
  readonly sha256: string
}

/** The options of `backup` and `restore`. */
export const OPTIONS = {
  db: { type: 'string', default: defaultDatabase },
  'log-key': { type: 'string' },
  keys: { type: 'string' },
} as const

/** Returns the files that the server keeps beside its database. */
export const ownFiles = (
  { db, 'log-key': logKey }: { db: string; 'log-key'?: string | undefined },
  settings: FileSettings | undefined,
) => ({
  logKey: logKey ?? defaultLogKey(db, settings?.file),
  keys: defaultKeyFile(db, settings?.file),
})

export type OwnFiles = ReturnType<typeof ownFiles>

/** @throws UsageError */
export const requireFolder = (positionals: readonly string[]): string => {
  const [folder, ...more] = positionals
  if (folder === undefined || more.length > 0) throw new UsageError('The command takes one folder.')
  return folder
}

export const hashOf = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
