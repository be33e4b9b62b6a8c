import type { Sessions } from '../../auth/grant/session.ts'
import type { Providers } from '../../auth/provider/providers.ts'
import type { Answers } from '../../messages/answer.ts'
import { ProblemError, toProblem } from '../../messages/errors.ts'
import type { Comparison } from '../../messages/log-entries.ts'
import { items } from '../../storage/items.ts'
import { type Checkpoint, openCheckpoint, readKey, readLine, toLine } from '../proof/log-checkpoint.ts'
import { findDiscontinuity, type PublicProofs } from '../proof/log-continuity.ts'
import { forgetFork, keepFork } from './prove-log.ts'

/** Lists the checkpoint that this browser keeps of each log, and checks whether another browser was shown the same log. */
export const createComparisonAnswers = (services: {
  providers: Providers
  sessions: Sessions
}): Pick<Answers, 'log-heads' | 'compare-log' | 'forget-fork'> => ({
  'log-heads': async () => {
    const labels = new Map((await services.providers.list()).map(({ id, label }) => [id, label]))
    const [checkpoints, forks] = await Promise.all([items.checkpoints.get(), items.logForks.get()])
    const heads = Object.entries(checkpoints).map(async ([providerId, { note, key, keptAt }]) => {
      const line = await toLine(note, key)
      const organization = labels.get(providerId)
      return line && organization !== undefined
        ? [{ providerId, organization, size: line.size, keptAt, line: line.line }]
        : []
    })
    const forkLines = Object.entries(forks).map(async ([providerId, { key, kept, other, foundAt }]) => {
      const [ours, theirs] = await Promise.all([toLine(kept, key), toLine(other, key)])
      const organization = labels.get(providerId)
      return ours && theirs && organization !== undefined
        ? [{ providerId, organization, foundAt, kept: ours.line, other: theirs.line }]
        : []
    })
    return { heads: (await Promise.all(heads)).flat(), forks: (await Promise.all(forkLines)).flat() }
  },

  'compare-log': async ({ line }) => {
    const theirs = readLine(line)
    if (!theirs) return { outcome: 'unreadable' }
    const providerId = await findProviderOf(theirs.origin)
    if (!providerId) return { outcome: 'unknown-log', origin: theirs.origin }
    // Takes the same lock as a look, because the checkpoint must not change between comparing and storing.
    return navigator.locks.request(`access-log:${providerId}`, () => compare(services, providerId, theirs))
  },

  'forget-fork': ({ providerId }) => forgetFork(providerId),
})

/** Returns the provider whose kept checkpoint belongs to the log `origin`; the log's name is part of its key. */
const findProviderOf = async (origin: string): Promise<string | undefined> => {
  for (const [providerId, { key }] of Object.entries(await items.checkpoints.get()))
    if ((await readKey(key))?.origin === origin) return providerId
  return undefined
}

const compare = async (
  { providers, sessions }: { providers: Providers; sessions: Sessions },
  providerId: string,
  { origin, note }: { origin: string; note: string },
): Promise<Comparison> => {
  const checkpoint = await items.checkpoints.find(providerId)
  const key = checkpoint && (await readKey(checkpoint.key))
  if (!checkpoint || !key) return { outcome: 'unknown-log', origin }
  const organization = (await providers.list()).find(({ id }) => id === providerId)?.label ?? ''
  const theirs = await openCheckpoint(note, { origin, key })
  const ours = await openCheckpoint(checkpoint.note, { origin, key })
  if (theirs === 'unknown-key') return { outcome: 'other-key', organization }
  if (theirs === 'bad-signature') return { outcome: 'not-genuine', organization }
  if (typeof theirs === 'string' || typeof ours === 'string') return { outcome: 'unreadable' }

  const sizes: [number, number] = [ours.size, theirs.size]
  try {
    const fault = await findFaultBetween(await accessFor(sessions, providerId, sizes), ours, theirs)
    if (fault === 'malformed') throw new ProblemError('server-failed')
    if (fault) {
      await keepFork(providerId, { key: checkpoint.key, kept: checkpoint.note, other: note })
      return { outcome: 'diverge', organization, sizes }
    }
  } catch (error) {
    const problem = toProblem(error)
    // A log answers 400 for a size that it does not have, so that is no problem to report.
    return { outcome: 'unproven', organization, ...(problem.code !== 'bad-request' && { problem }) }
  }
  // The other browser saw a newer checkpoint; from now on the log must continue that one.
  if (theirs.size > ours.size)
    await items.checkpoints.put(providerId, { ...checkpoint, note, keptAt: Date.now() })
  return { outcome: 'agree', organization, sizes }
}

const findFaultBetween = (log: PublicProofs, ours: Checkpoint, theirs: Checkpoint) =>
  ours.size <= theirs.size ? findDiscontinuity(log, ours, theirs) : findDiscontinuity(log, theirs, ours)

/** Checkpoints of equal size are compared without a request, so nobody has to be signed in. */
const accessFor = async (
  sessions: Sessions,
  providerId: string,
  [ours, theirs]: [number, number],
): Promise<PublicProofs> => {
  if (ours === theirs) return noAccess
  for (const connection of Object.values(await items.connections.get())) {
    if (connection.providerId !== providerId || !(await sessions.find(connection.id))) continue
    const log = await sessions.accessLog(connection.id)
    if (log) return log
  }
  throw new ProblemError('signed-out')
}

const noAccess: PublicProofs = {
  endpoint: '',
  fetchPublic: () => Promise.reject(new ProblemError('unexpected')),
}
