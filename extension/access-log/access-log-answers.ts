import type { Sessions } from '../auth/session.ts'
import type { Locking } from '../lock/lock.ts'
import type { LogVerdict } from '../messages/access-log.ts'
import type { Answers } from '../messages/answer.ts'
import { toProblem } from '../messages/errors.ts'
import { items } from '../storage/items.ts'
import { lookAtLog } from './look-at-log.ts'
import { markSeen } from './new-accesses.ts'
import { putOffLook } from './next-looks.ts'

type LogAnswers = Pick<Answers, 'access-log' | 'access-log-verdict' | 'access-log-seen'>

/** The longest that a page waits for a verdict, in milliseconds. Slower proofs still move the checkpoint and raise the alarm. */
const longest = 15_000
/** The most checks that are kept for pages: a page that was closed never asks for its own. */
const most = 64

/** Creates the answers about the access log: first its entries, then the verdict on whether they can be relied on. */
export const createLogAnswers = ({
  sessions,
  whileOpen,
  patience = longest,
}: {
  sessions: Sessions
  whileOpen: Locking['whileOpen']
  patience?: number
}): LogAnswers => {
  // Holds verdicts only, never entries. They end with the worker; the page then reports that nothing was checked.
  const checks = new Map<string, Promise<LogVerdict>>()

  return {
    'access-log': async ({ connectionId, next, filter }, waiting) => {
      const { page, prove } = await lookAtLog(sessions, connectionId, { next, filter }, waiting)
      if (next === undefined && !filter) await putOffLook(connectionId)
      const check = crypto.randomUUID()
      // The check outlives this answer, so it runs under `whileOpen`: closing waits for it, and a token that it refreshes is not
      // lost. It enters before the page learns its id, because a running request must never wait for a check that waits for the
      // closing.
      checks.set(check, whileOpen(prove).catch(unproven))
      for (const forgotten of [...checks.keys()].slice(0, -most)) checks.delete(forgotten)
      return { ...page, check }
    },

    'access-log-verdict': async ({ check }) => {
      const verdict = checks.get(check)
      if (!verdict) return { proof: { outcome: 'unchecked', problem: { code: 'check-interrupted' } } }
      return within(patience, verdict)
    },

    'access-log-seen': async ({ connectionId, ...seen }) => {
      if (await items.connections.has(connectionId)) await markSeen(connectionId, seen)
      return undefined
    },
  }
}

const unproven = (error: unknown): LogVerdict => ({
  proof: { outcome: 'unchecked', problem: toProblem(error) },
})

const within = async (milliseconds: number, verdict: Promise<LogVerdict>): Promise<LogVerdict> => {
  const late = Promise.withResolvers<LogVerdict>()
  const unchecked: LogVerdict = { proof: { outcome: 'unchecked', problem: { code: 'too-slow' } } }
  const timer = setTimeout(() => late.resolve(unchecked), milliseconds)
  try {
    return await Promise.race([verdict, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
