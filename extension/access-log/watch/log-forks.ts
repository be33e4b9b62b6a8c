import type { LogAccess } from '../../auth/grant/access.ts'
import { items } from '../../storage/items.ts'
import type { StoredFork } from '../../storage/stored-log.ts'
import type { KeptCheckpoint } from '../proof/check-log.ts'
import { openCheckpoint, readKey } from '../proof/log-checkpoint.ts'
import { findDiscontinuity } from '../proof/log-continuity.ts'

/**
 * Stores both notes, because together they prove that the organization signed two logs. A fork that is already certain is not
 * replaced.
 */
export const keepFork = async (providerId: string, fork: Omit<StoredFork, 'foundAt'>): Promise<void> => {
  await items.logForks.change(providerId, (known) =>
    known && !known.smaller ? known : { ...fork, foundAt: Date.now() },
  )
}

export const forgetFork = (providerId: string): Promise<void> => items.logForks.delete(providerId)

/**
 * Decides whether a stored checkpoint with fewer entries is a fork. It may only be an older checkpoint of the same log, from a
 * server that lags behind. Once the log is at least as long, a proof tells: the pair is forgotten or stays as a fork.
 */
export const judgeSmaller = async (
  providerId: string,
  log: LogAccess,
  { key: vkey, note }: Pick<KeptCheckpoint, 'key' | 'note'>,
): Promise<void> => {
  const known = await items.logForks.find(providerId)
  const key = known?.smaller && (await readKey(vkey))
  if (!known || !key) return
  const open = (each: string) => openCheckpoint(each, { origin: key.origin, key })
  const [other, head] = [await open(known.other), await open(note)]
  if (typeof other === 'string' || typeof head === 'string' || other.size > head.size) return
  const fault = await findDiscontinuity(log, other, head).catch(() => 'malformed' as const)
  if (fault === undefined) await forgetFork(providerId)
  else if (fault !== 'malformed') await items.logForks.put(providerId, { ...known, smaller: false })
}
