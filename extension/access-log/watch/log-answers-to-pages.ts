import type { Sessions } from '../../auth/grant/session.ts'
import type { Locking } from '../../lock/lock.ts'
import type { Answers } from '../../messages/answer.ts'
import { toProblem } from '../../messages/errors.ts'
import type { LogVerdict } from '../../messages/log-entries.ts'
import { markSeen } from './find-new.ts'
import { changeKnownLog } from './known-logs.ts'
import { lookSoon } from './log-watch.ts'
import { lookAtLog } from './look-at-log.ts'

type LogAnswers = Pick<Answers, 'access-log' | 'access-log-verdict' | 'access-log-seen'>

/** The longest that a page waits for a verdict, in milliseconds. Slower proofs still move the checkpoint and raise the alarm. */
const longestWait = 15_000
/** The most checks that are kept, because a page that was closed never asks for its own. */
const mostChecks = 64

/** Creates the answers about the access log: first its entries, then the verdict on whether they can be relied on. */
export const createLogAnswers = ({
  sessions,
  whileOpen,
  patience = longestWait,
}: {
  sessions: Sessions
  whileOpen: Locking['whileOpen']
  patience?: number
}): LogAnswers => {
  // Holds verdicts only, never entries. They end with the worker; the page then reports that nothing was checked.
  const checks = new Map<string, Promise<LogVerdict>>()

  return {
    'access-log': async ({ connectionId, next, filter }, signal) => {
      const { page, prove } = await lookAtLog(sessions, connectionId, { next, filter }, signal)
      const check = crypto.randomUUID()
      // The check outlives this answer, so it runs under a `whileOpen` of its own: closing the lock waits for it, and a token
      // that it refreshes is not lost. It starts before the page learns its id. Otherwise a request for the verdict could hold
      // the lock open while the check waits for the lock to close.
      const verdict = whileOpen(async () => {
        const result = await prove()
        // The page may be closed before it reads on.
        if (result.owed) await lookSoon(sessions, connectionId).catch(() => undefined)
        return result.verdict
      }).catch(uncheckedVerdict)
      checks.set(check, verdict)
      for (const oldCheck of [...checks.keys()].slice(0, -mostChecks)) checks.delete(oldCheck)
      return { ...page, check }
    },

    'access-log-verdict': async ({ check }) => {
      const verdict = checks.get(check)
      if (!verdict) return { proof: { outcome: 'unchecked', problem: { code: 'check-interrupted' } } }
      return withTimeout(patience, verdict)
    },

    'access-log-seen': async ({ connectionId, ...seen }) => {
      await changeKnownLog(connectionId, (known) => known && markSeen(known, seen, Date.now()))
      return undefined
    },
  }
}

const uncheckedVerdict = (error: unknown): LogVerdict => ({
  proof: { outcome: 'unchecked', problem: toProblem(error) },
})

const withTimeout = async (milliseconds: number, verdict: Promise<LogVerdict>): Promise<LogVerdict> => {
  const timeout = Promise.withResolvers<LogVerdict>()
  const unchecked: LogVerdict = { proof: { outcome: 'unchecked', problem: { code: 'too-slow' } } }
  const timer = setTimeout(() => timeout.resolve(unchecked), milliseconds)
  try {
    return await Promise.race([verdict, timeout.promise])
  } finally {
    clearTimeout(timer)
  }
}
