import { execFileSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { openStore } from '../../server/start/open-database.ts'
import type { Store } from '../../server/store/store.ts'
import { startOrganization } from '../fixtures/organization.ts'
import { copySeeded, riverside } from '../fixtures/seeded-database.ts'
import { startServerProcess } from '../fixtures/server-process.ts'

/** The demo organization Riverside on a SQLite file that a test can deprive of room. */
interface SmallDisk {
  /** The base `B`. */
  readonly url: string
  readonly store: Store
  readonly logKey: string
  /** Leaves no room for more data. */
  fill(): Promise<void>
  free(): Promise<void>
  close(): Promise<void>
}

/** SQLite's own limit, which it reports like a full disk. */
const limitedByPages = async (): Promise<SmallDisk> => {
  const { url, store, database, close } = await startOrganization({ demo: 'riverside' })
  const limit = async (pages: number) => {
    await store.write((trx) => sql`pragma max_page_count = ${sql.lit(pages)}`.execute(trx))
  }
  // The limit is never below the current size.
  return { url, store, logKey: database.logKey, fill: () => limit(1), free: () => limit(2 ** 32 - 2), close }
}

const mounted = (): string | undefined => {
  const folder = execFileSync('mktemp', ['-d', join(tmpdir(), 'carekey-small-XXXXXX')])
    .toString()
    .trim()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128m', 'tmpfs', folder], { stdio: 'ignore' })
    return folder
  } catch {
    execFileSync('rmdir', [folder])
    return undefined
  }
}

/** A separate file system, on machines that allow mounting one. */
export const mountSmallDisk = ():
  | { folder: string; fill(): Promise<void>; free(): Promise<void>; unmount(): void }
  | undefined => {
  const folder = process.getuid?.() === 0 ? mounted() : undefined
  if (folder === undefined) return undefined
  const rest = join(folder, 'rest')
  return {
    folder,
    fill: async () => {
      for (const size of [1_000_000, 4096])
        for (const part = Buffer.alloc(size); ; )
          try {
            await writeFile(rest, part, { flag: 'a' })
          } catch {
            break
          }
    },
    free: () => rm(rest),
    unmount: () => {
      execFileSync('umount', [folder])
      execFileSync('rmdir', [folder])
    },
  }
}

/** The same, with the server in its own process. */
const limitedByMount = async (): Promise<SmallDisk> => {
  const disk = mountSmallDisk()
  if (disk === undefined) throw new Error('A file system cannot be mounted any more.')
  const { folder, fill, free, unmount } = disk
  const path = join(folder, 'small.db')
  await copySeeded(path, riverside)
  const db = `sqlite:${path}`
  const logKey = join(folder, 'small.log-key')
  const server = await startServerProcess({ db, logKey }).catch((error: unknown) => {
    unmount()
    throw error
  })
  const store = await openStore(db)
  return {
    url: server.url,
    store,
    logKey,
    fill,
    free,
    close: async () => {
      await server.stop()
      await store.close()
      unmount()
    },
  }
}

const canMount = (): boolean => {
  const disk = mountSmallDisk()
  disk?.unmount()
  return disk !== undefined
}

/** The kinds of full disk that are possible here. Only some users may mount a file system. */
export const smallDisks = (): [string, () => Promise<SmallDisk>][] => {
  const byPages: [string, () => Promise<SmallDisk>] = ['a limit of pages', limitedByPages]
  if (canMount()) return [byPages, ['a small file system', limitedByMount]]
  process.stdout.write(
    'No file system can be mounted here: a full disk is simulated only with a limit of pages.\n',
  )
  return [byPages]
}
