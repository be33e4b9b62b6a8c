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

/** However slow the proofs come, nobody waits longer. What comes later still moves the checkpoint and raises the alarm. */
const longest = 15_000
/** Checks that a page may still ask for: whoever closed it never does. */
const most = 64

/** The access log: first what it says, then whether that can be relied on. */
export const createLogAnswers = ({
  sessions,
  whileOpen,
  patience = longest,
}: {
  sessions: Sessions
  whileOpen: Locking['whileOpen']
  patience?: number
}): LogAnswers => {
  // Verdicts only, never entries; gone with the worker, and then the page says that nothing was checked.
  const checks = new Map<string, Promise<LogVerdict>>()

  return {
    'access-log': async ({ connectionId, next, filter }, waiting) => {
      const { page, prove } = await lookAtLog(sessions, connectionId, { next, filter }, waiting)
      if (next === undefined && !filter) await putOffLook(connectionId)
      const check = crypto.randomUUID()
      // It outlives this answer, so it keeps the lock from closing by itself: a token that it refreshes is not lost. Nobody
      // can ask for it before it has its turn, so no question that is under way ever waits for one behind a closing.
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
