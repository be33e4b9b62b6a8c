import type { LogProof, LogVerdict } from '../messages/access-log.ts'
import { ask } from '../messages/ask.ts'

/** What the check of a page came to. A worker that ended meanwhile has checked nothing. */
export const verdictOn = (check: string): Promise<LogVerdict> =>
  ask('access-log-verdict', { check }).catch(() => ({
    proof: { outcome: 'unchecked', problem: { code: 'check-interrupted' } },
  }))

/** The page is read and checked again, once, without a word. */
export const wasInterrupted = (proof: LogProof): boolean =>
  proof.outcome === 'unchecked' && proof.problem?.code === 'check-interrupted'
