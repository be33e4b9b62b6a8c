import type { LogAccess } from '../../auth/grant/access.ts'
import type { Sessions } from '../../auth/grant/session.ts'
import type { Json } from '../../fhir/resource.ts'
import { toProblem } from '../../messages/errors.ts'
import { items } from '../../storage/items.ts'
import type { StoredFork } from '../../storage/stored-log.ts'
import { checkLog, type KeptCheckpoint, type LogResult } from '../proof/check-log.ts'
import type { Listing } from '../proof/list-page.ts'
import { openCheckpoint, readKey } from '../proof/log-checkpoint.ts'
import { findDiscontinuity } from '../proof/log-continuity.ts'
import type { EventTexts } from '../proof/log-leaf.ts'

interface PageToProve {
  /** AuditEvents as they are shown. */
  events: Json[]
  texts: EventTexts
  /** Set if the list is about one patient. */
  listing: Listing | undefined
}

/** Proves a page of the access log against the checkpoint that this browser kept, and keeps the newer one. Never throws. */
export const proveLog = async (
  sessions: Sessions,
  connectionId: string,
  page: PageToProve,
): Promise<LogResult> => {
  try {
    return await check(sessions, connectionId, page)
  } catch (error) {
    return { proof: { outcome: 'unchecked', problem: toProblem(error) } }
  }
}

const check = async (sessions: Sessions, connectionId: string, page: PageToProve): Promise<LogResult> => {
  const session = await sessions.find(connectionId)
  if (!session) return { proof: { outcome: 'unchecked', problem: { code: 'signed-out' } } }
  const { providerId } = session
  const log = await sessions.accessLog(connectionId)
  // One at a time: two answers that continue the same checkpoint need not continue each other.
  return navigator.locks.request(`access-log:${providerId}`, async () => {
    const checkpoint = await items.checkpoints.find(providerId)
    const since = checkpoint && { since: checkpoint.keptAt }
    if (!log)
      return {
        proof: since ? { outcome: 'alarm', reason: 'withdrawn', ...since } : { outcome: 'unprovable' },
      }
    const result = await checkLog(log, { kept: checkpoint, ...page, now: Date.now() })
    const { keep, otherNote } = result
    if (checkpoint && otherNote !== undefined)
      await keepFork(providerId, {
        key: checkpoint.key,
        kept: checkpoint.note,
        other: otherNote,
        smaller: result.proof.outcome === 'alarm' && result.proof.reason === 'shrank',
      }).catch(() => undefined)
    if (keep) await judgeSmaller(providerId, log, keep)
    if (keep) await items.checkpoints.put(providerId, keep)
    return { ...result, ...since }
  })
}

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
const judgeSmaller = async (
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
