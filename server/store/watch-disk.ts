import { statfs } from 'node:fs/promises'
import type { Clock } from '../config.ts'

/** Below this free share of a disk, the operator must make room. */
const LOW_SHARE = 0.05
const CHECK_INTERVAL = 60_000
/** Interval of warnings while the disk is low, in milliseconds. */
const WARN_INTERVAL = 3_600_000

/** A disk that the log, which only grows, has nearly filled. */
export interface LowDisk {
  /** The free share: 0.04 for 4 %. */
  readonly free: number
}

interface DiskWatch {
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
 * Watches the disks that the server writes to, and warns the operator before one is full. On a full disk no entry can be logged, so
 * no request is answered.
 *
 * @param folders on this machine; the disk of a PostgreSQL server cannot be measured through its database.
 * @param warn is called once an hour while a disk is low.
 */
export const watchDisk = (
  folders: readonly string[],
  {
    clock,
    warn,
    measure = freeShare,
  }: { clock: Clock; warn: (low: LowDisk) => void; measure?: FreeShare | undefined },
): DiskWatch => {
  let warnedAt = Number.NEGATIVE_INFINITY

  const findLow = async (): Promise<LowDisk | undefined> => {
    const shares = await Promise.all(folders.map((folder) => measure(folder).catch(() => 1)))
    const free = Math.min(...shares.filter((share) => Number.isFinite(share)))
    return free < LOW_SHARE ? { free: Math.round(free * 1000) / 1000 } : undefined
  }
  const check = async (): Promise<void> => {
    const low = await findLow()
    if (!low || clock() - warnedAt < WARN_INTERVAL) return
    warnedAt = clock()
    warn(low)
  }

  void check()
  const timer = setInterval(() => void check(), CHECK_INTERVAL).unref()
  return { findLow, stop: () => clearInterval(timer) }
}
