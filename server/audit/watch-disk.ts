import { statfs } from 'node:fs/promises'
import type { Clock } from '../config.ts'

/** Below this free share of a disk, the operator must make room. */
const LOW = 0.05
const EVERY = 60_000
/** Interval of warnings while the disk is low, in milliseconds. */
const TELL_EVERY = 3_600_000

/** A disk that the log, which only grows, has nearly filled. */
export interface LowDisk {
  readonly code: 'disk-low'
  /** The free share: 0.04 for 4 %. */
  readonly free: number
}

export interface DiskWatch {
  /** Returns the fullest disk, if it is low now. */
  findLow(): Promise<LowDisk | undefined>
  stop(): void
}

/** Returns the free share of the disk of a folder. @throws Error when it cannot be measured. */
export type FreeShare = (folder: string) => Promise<number>

const freeShare: FreeShare = async (folder) => {
  const { bavail, blocks } = await statfs(folder)
  return bavail / blocks
}

/**
 * Watches the disks that the server writes to. On a full disk no entry can be logged, so nothing is answered; the operator is
 * warned before that.
 *
 * @param folders on this machine. The disk of a PostgreSQL server cannot be measured through its database.
 * @param tell is called once an hour while the disk is low.
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
