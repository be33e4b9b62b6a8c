import type { Providers } from '../auth/providers.ts'
import type { Sessions } from '../auth/session.ts'
import type { Answers } from '../messages/answer.ts'
import { ProblemError, toProblem } from '../messages/errors.ts'
import type { Comparison } from '../messages/log-comparison.ts'
import { items } from '../storage/items.ts'
import type { LogAccess } from './log-answers.ts'
import { type Checkpoint, openCheckpoint, readKey } from './log-checkpoint.ts'
import { findDiscontinuity } from './log-continuity.ts'
import { forgetFork, keepFork } from './log-forks.ts'
import { readLine, toLine } from './log-line.ts'

type ComparisonAnswers = Pick<Answers, 'log-heads' | 'compare-log' | 'forget-fork'>

/** What this browser keeps of each log, and whether another browser was shown the same one. */
export const createComparisonAnswers = (services: {
  providers: Providers
  sessions: Sessions
}): ComparisonAnswers => ({
  'log-heads': async () => {
    const names = new Map((await services.providers.list()).map(({ id, name }) => [id, name]))
    const [checkpoints, forks] = await Promise.all([items.checkpoints.get(), items.logForks.get()])
    const heads = Object.entries(checkpoints).map(async ([providerId, { note, key, keptAt }]) => {
      const line = await toLine(note, key)
      const organization = names.get(providerId)
      return line && organization !== undefined
        ? [{ providerId, organization, size: line.size, keptAt, line: line.line }]
        : []
    })
    const both = Object.entries(forks).map(async ([providerId, { key, kept, other, foundAt }]) => {
      const [ours, theirs] = await Promise.all([toLine(kept, key), toLine(other, key)])
      const organization = names.get(providerId)
      return ours && theirs && organization !== undefined
        ? [{ providerId, organization, foundAt, kept: ours.line, other: theirs.line }]
        : []
    })
    return { heads: (await Promise.all(heads)).flat(), forks: (await Promise.all(both)).flat() }
  },

  'compare-log': async ({ line }) => {
    const given = readLine(line)
    if (!given) return { outcome: 'unreadable' }
    const known = await findKept(given.origin)
    if (!known) return { outcome: 'unknown-log', origin: given.origin }
    // As with a look: what is compared and what is then kept must be one.
    return navigator.locks.request(`access-log:${known}`, () => compare(services, known, given))
  },

  'forget-fork': async ({ providerId }) => {
    await forgetFork(providerId)
    return undefined
  },
})

/** Whose log it is, of those of which a checkpoint is kept: its own name stands in its key. */
const findKept = async (origin: string): Promise<string | undefined> => {
  for (const [providerId, { key }] of Object.entries(await items.checkpoints.get()))
    if ((await readKey(key))?.origin === origin) return providerId
  return undefined
}

const compare = async (
  { providers, sessions }: { providers: Providers; sessions: Sessions },
  providerId: string,
  { origin, note }: { origin: string; note: string },
): Promise<Comparison> => {
  const kept = await items.checkpoints.find(providerId)
  const key = kept && (await readKey(kept.key))
  if (!kept || !key) return { outcome: 'unknown-log', origin }
  const organization = (await providers.list()).find(({ id }) => id === providerId)?.name ?? ''
  const theirs = await openCheckpoint(note, { origin, key })
  const ours = await openCheckpoint(kept.note, { origin, key })
  if (theirs === 'unknown-key') return { outcome: 'other-key', organization }
  if (theirs === 'bad-signature') return { outcome: 'not-genuine', organization }
  if (typeof theirs === 'string' || typeof ours === 'string') return { outcome: 'unreadable' }

  const sizes: [number, number] = [ours.size, theirs.size]
  try {
    const fault = await findFault(await wayTo(sessions, providerId, sizes), ours, theirs)
    if (fault === 'malformed') throw new ProblemError('server-failed')
    if (fault) {
      await keepFork(providerId, { key: kept.key, kept: kept.note, other: note })
      return { outcome: 'diverge', organization, sizes }
    }
  } catch (error) {
    const problem = toProblem(error)
    // That is what a log answers about a size that it does not have.
    return { outcome: 'unproven', organization, ...(problem.code !== 'bad-request' && { problem }) }
  }
  // From now on the log is held to what the other browser saw of it as well.
  if (theirs.size > ours.size) await items.checkpoints.put(providerId, { ...kept, note, keptAt: Date.now() })
  return { outcome: 'agree', organization, sizes }
}

const findFault = (log: LogAccess, ours: Checkpoint, theirs: Checkpoint) =>
  ours.size <= theirs.size ? findDiscontinuity(log, ours, theirs) : findDiscontinuity(log, theirs, ours)

/** Where both are of one size, nothing has to be asked, so nobody has to be signed in. */
const wayTo = async (
  sessions: Sessions,
  providerId: string,
  [ours, theirs]: [number, number],
): Promise<LogAccess> => {
  if (ours === theirs) return nowhere
  for (const connection of Object.values(await items.connections.get())) {
    if (connection.providerId !== providerId || !(await sessions.find(connection.id))) continue
    const log = await sessions.accessLog(connection.id)
    if (log) return log
  }
  throw new ProblemError('signed-out')
}

const nowhere: LogAccess = {
  endpoint: '',
  fetch: () => Promise.reject(new ProblemError('unexpected')),
  fetchPublic: () => Promise.reject(new ProblemError('unexpected')),
}
