import { useEffect, useRef, useState } from 'preact/hooks'
import type { AccessPage, LogProof, LogVerdict } from '../messages/access-log.ts'
import { ask } from '../messages/ask.ts'
import { type Pages, type Question, usePages } from './use-pages.ts'

/** Its verdict comes a moment after the page. */
export type ReadPage = AccessPage & Partial<LogVerdict>

/** Access logs page by page, newest first, and what the check of each page came to: the list does not wait for that. */
export const useCheckedLogs = (questions: readonly Question<AccessPage>[]): Pages<ReadPage>[] => {
  const logs = usePages(questions)
  const [verdicts, setVerdicts] = useState<Record<string, LogVerdict>>({})
  const repeated = useRef(new Set<string>())
  const newest = logs.map(({ pages }) => pages.at(-1)?.check)
  useEffect(() => {
    for (const [at, { pages, again }] of logs.entries()) {
      const check = newest[at]
      if (check === undefined || check in verdicts) continue
      const page = `${questions[at]?.key} ${pages.length}`
      verdictOn(check).then((verdict) => {
        if (!wasInterrupted(verdict.proof) || repeated.current.has(page))
          return setVerdicts((known) => ({ ...known, [check]: verdict }))
        // Read and checked again, once, without a word.
        repeated.current.add(page)
        again()
      })
    }
  }, [newest.join()])
  return logs.map(({ pages, ...log }) => ({
    ...log,
    pages: pages.map((page) => ({ ...page, ...verdicts[page.check] })),
  }))
}

/** The worker tells a verdict once. */
const told = new Map<string, Promise<LogVerdict>>()

/** What the check of a page came to. A worker that ended meanwhile has checked nothing. */
export const verdictOn = (check: string): Promise<LogVerdict> => {
  const verdict =
    told.get(check) ??
    ask('access-log-verdict', { check }).catch(() => ({
      proof: { outcome: 'unchecked' as const, problem: { code: 'check-interrupted' as const } },
    }))
  told.set(check, verdict)
  return verdict
}

const wasInterrupted = (proof: LogProof): boolean =>
  proof.outcome === 'unchecked' && proof.problem?.code === 'check-interrupted'
