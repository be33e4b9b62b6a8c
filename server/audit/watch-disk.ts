import { statfs } from 'node:fs/promises'
import type { Clock } from '../config.ts'

/** Where less than this share of a disk is free, somebody has to make room. */
const LOW = 0.05
const EVERY = 60_000
/** The operator is told this often, in milliseconds, for as long as it is so. */
const TELL_EVERY = 3_600_000

/** A disk that the log, which only grows, has nearly filled. */
export interface LowDisk {
  readonly code: 'disk-low'
  /** What is free, as a share of it: 0.04 for 4 %. */
  readonly free: number
}

export interface DiskWatch {
  /** The fullest disk, where it is low now. */
  findLow(): Promise<LowDisk | undefined>
  stop(): void
}

/** What is free, as a share of the disk that a folder lies on. @throws Error where that cannot be known. */
export type FreeShare = (folder: string) => Promise<number>

const freeShare: FreeShare = async (folder) => {
  const { bavail, blocks } = await statfs(folder)
  return bavail / blocks
}

/**
 * Watches the disks that the server writes to. When one is full, nothing is answered any more, because nothing is
 * answered without its entry in the log; so that is said before it comes to that.
 *
 * @param folders on this machine. The disk of a PostgreSQL server cannot be asked for through its database.
 * @param tell is told once an hour while it is so.
 */
export const watchDisk = (
  folders: readonly string[],
  {
    clock,
    tell,
    measure = freeShare,
  }: { clock: Clock; tell: (low: LowDisk) => void; measure?: FreeShare | undefined },
): DiskWatch => {
  let toldAt = Number.NEGATIVE_INFINITY

  const findLow = async (): Promise<LowDisk | undefined> => {
    const shares = await Promise.all(folders.map((folder) => measure(folder).catch(() => 1)))
    const free = Math.min(...shares.filter((share) => Number.isFinite(share)))
    return free < LOW ? { code: 'disk-low', free: Math.round(free * 1000) / 1000 } : undefined
  }
  const look = async (): Promise<void> => {
    const low = await findLow()
    if (!low || clock() - toldAt < TELL_EVERY) return
    toldAt = clock()
    tell(low)
  }

  void look()
  const timer = setInterval(() => void look(), EVERY).unref()
  return { findLow, stop: () => clearInterval(timer) }
}
