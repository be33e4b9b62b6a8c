import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { ask } from '../messages/ask.ts'
import type { AccessPage, LogProof, LogVerdict } from '../messages/log-entries.ts'
import { type Pages, type Question, usePages } from '../ui/state/use-pages.ts'
import type { SoFar } from '../ui/words/absent.ts'

/** A page of a log; its verdict arrives shortly after it. */
export type ReadPage = AccessPage & Partial<LogVerdict>

/** Returns how much of a log has been read. */
export const soFarOf = ({ pages, problem, pending }: Pages<ReadPage>): SoFar => {
  const last = pages.at(-1)
  return {
    pending,
    ...(problem && { problem }),
    ...(last && { value: { cut: last.next !== undefined || last.warning !== undefined } }),
  }
}

/**
 * Loads access logs page by page, newest first, and adds each page's verdict later, so that the list does not wait for it. Reads on
 * while a verdict says so.
 */
export const useCheckedLogs = (questions: readonly Question<AccessPage>[]): Pages<ReadPage>[] => {
  const logs = usePages(questions)
  const [verdicts, setVerdicts] = useState<Record<string, LogVerdict>>({})
  const retriedPages = useRef(new Set<string>())
  const newestChecks = logs.map(({ pages }) => pages.at(-1)?.check)
  useEffect(() => {
    for (const [at, { pages, retry }] of logs.entries()) {
      const check = newestChecks[at]
      if (check === undefined || check in verdicts) continue
      const page = `${questions[at]?.key} ${pages.length}`
      verdictOn(check).then((verdict) => {
        if (!wasInterrupted(verdict.proof) || retriedPages.current.has(page))
          return setVerdicts((current) => ({ ...current, [check]: verdict }))
        // Silently reads and checks the page again, once.
        retriedPages.current.add(page)
        retry()
      })
    }
  }, [newestChecks.join()])
  useEffect(() => {
    for (const [at, { pending, problem, loadMore }] of logs.entries())
      if (!pending && !problem && verdicts[newestChecks[at] ?? '']?.readsOn) loadMore()
  })
  // The same until a page or a verdict arrives, so that lists are made from it only then.
  const judged = useMemo(
    () => logs.map(({ pages }) => pages.map((page) => withVerdict(page, verdicts[page.check]))),
    [verdicts, ...logs.map(({ pages }) => pages)],
  )
  return logs.map((log, at) => ({ ...log, pages: judged[at] ?? [] }))
}

const judgedPages = new WeakMap<AccessPage, ReadPage>()

/** Adds a page's verdict, which never changes, and returns the same page from then on. */
const withVerdict = (page: AccessPage, verdict: LogVerdict | undefined): ReadPage => {
  const known = judgedPages.get(page)
  if (known || !verdict) return known ?? page
  const { newIds, ...rest } = verdict
  const ids = newIds && new Set(newIds)
  const entries = ids ? page.entries.map((entry) => ({ ...entry, isNew: ids.has(entry.id) })) : page.entries
  const judged = { ...page, ...rest, entries }
  judgedPages.set(page, judged)
  return judged
}

/** Verdicts by check, kept because the worker returns each only once. */
const verdictCache = new Map<string, Promise<LogVerdict>>()

/** Returns the verdict on a page; `unchecked` if the worker ended before it was done. */
export const verdictOn = (check: string): Promise<LogVerdict> => {
  const verdict =
    verdictCache.get(check) ??
    ask('access-log-verdict', { check }).catch(() => ({
      proof: { outcome: 'unchecked' as const, problem: { code: 'check-interrupted' as const } },
    }))
  verdictCache.set(check, verdict)
  return verdict
}

const wasInterrupted = (proof: LogProof): boolean =>
  proof.outcome === 'unchecked' && proof.problem?.code === 'check-interrupted'
