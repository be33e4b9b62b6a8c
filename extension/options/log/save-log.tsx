import { useState } from 'preact/hooks'
import type { LogFilter } from '../../messages/administration.ts'
import { ask } from '../../messages/ask.ts'
import type { AccessEntry, AccessPage, LogProof } from '../../messages/log-entries.ts'
import type { Connection } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { csv, download } from '../../ui/controls/download.ts'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { useAction } from '../../ui/state/use-action.ts'
import { sentence } from '../../ui/words/problem.ts'
import { count, t } from '../../ui/words/words.ts'
import { verdictOf } from '../../who-read/access-words.ts'
import { verdictOn } from '../../who-read/use-checked-logs.ts'

/** Downloads the filtered log as a file, with all pages up to a limit that the page states. */
export const LogDownload = ({ connection, filter }: { connection: Connection; filter: LogFilter }) => {
  const { id: connectionId, providerName: organization, host } = connection
  const [result, setResult] = useState<Omit<CollectedLog, 'entries'> & { entries: number; doubt: string[] }>()
  const save = useAction(async (format: 'csv' | 'json') => {
    setResult(undefined)
    const proofs: LogProof[] = []
    const { entries, cut } = await collectLog(async (next) => {
      const page = await ask('access-log', { connectionId, filter, ...(next !== undefined && { next }) })
      const { proof, next: checked = page.next } = await verdictOn(page.check)
      proofs.push(proof)
      return checked === undefined ? page : { ...page, next: checked }
    })
    const doubt = doubtWords(proofs, organization)
    const at = new Date().toISOString()
    const name = logFileName(host, at, format)
    if (format === 'csv')
      download(name, 'text/csv', toCsv(entries, [...doubt, ...cutWords(cut, organization)]))
    else
      download(
        name,
        'application/json',
        `${JSON.stringify({ organization, host, at, filter, cut: cut !== undefined, doubt, entries }, null, 2)}\n`,
      )
    setResult({ entries: entries.length, doubt, ...(cut && { cut }) })
  })
  return (
    <div class="stack">
      <div class="row">
        <Button busy={save.isRunning} onClick={() => save.run('csv')}>
          {t('download_csv')}
        </Button>
        <Button busy={save.isRunning} onClick={() => save.run('json')}>
          {t('download_json')}
        </Button>
      </div>
      {save.isRunning && <Notice kind="waiting">{t('download_running', organization)}</Notice>}
      {result && !save.isRunning && (
        <Notice kind={result.doubt.length > 0 ? 'failed' : 'done'}>
          {count('downloaded', result.entries)} {result.doubt} {cutWords(result.cut, organization)}
        </Notice>
      )}
      {save.problem && <ProblemNotice problem={save.problem} organization={organization} />}
    </div>
  )
}

/** The most entries in one file. */
const mostEntries = 2000
/** The most pages to read, because an organization may send few entries on each. */
const mostPages = 200

interface CollectedLog {
  entries: AccessEntry[]
  /** `full`: there are more entries than fit in one file. `unfinished`: the organization did not send the whole list. */
  cut?: 'full' | 'unfinished'
}

/**
 * Collects the pages of an access log, newest first.
 *
 * @param readPage returns the page at `next`, or the first page without it.
 */
export const collectLog = async (readPage: (next?: string) => Promise<AccessPage>): Promise<CollectedLog> => {
  const entries: AccessEntry[] = []
  const links = new Set<string>()
  for (let next: string | undefined; ; ) {
    const page = await readPage(next)
    entries.push(...page.entries)
    next = page.next
    const isMore = next !== undefined
    if (entries.length > mostEntries || (isMore && entries.length === mostEntries))
      return { entries: entries.slice(0, mostEntries), cut: 'full' }
    if (page.warning || (next !== undefined && (links.has(next) || links.size >= mostPages)))
      return { entries, cut: 'unfinished' }
    if (next === undefined) return { entries }
    links.add(next)
  }
}

const COLUMNS = [
  'recorded',
  'kind',
  'outcome',
  'who',
  'application',
  'what',
  'patient',
  'requests',
  'imported',
  'erased',
  'id',
] as const

/** Returns entries of an access log as CSV for spreadsheets; `missing` says what it lacks. */
export const toCsv = (entries: AccessEntry[], missing: readonly string[]): string =>
  csv(
    COLUMNS,
    entries.map((entry) => COLUMNS.map((column) => String(entry[column] ?? ''))),
    missing,
  )

/** Says why a file cannot be relied on; empty if its entries were found genuine. */
export const doubtWords = (proofs: readonly LogProof[], organization: string): string[] => {
  const verdict = verdictOf(proofs.map((proof) => ({ proof })))
  switch (verdict?.outcome) {
    case 'alarm':
      return [t('log_alarm', organization)]
    case 'unchecked':
      return [`${t('log_unchecked')} ${sentence(verdict.problem, organization)}`]
    case 'unprovable':
      return [t('log_unprovable')]
    default:
      return []
  }
}

/** Says why a file does not hold the whole log; empty if it does. */
export const cutWords = (cut: CollectedLog['cut'], organization: string): string[] => {
  if (cut === undefined) return []
  return [cut === 'full' ? t('download_cut', mostEntries) : t('download_unfinished', organization)]
}

/**
 * Returns `access-log-records.example.org-2026-11-24.csv`. Uses the host because it is unique to the organization, with `-`
 * for characters that a file name cannot have, such as the colon before a port.
 */
const logFileName = (host: string, at: string, format: 'csv' | 'json'): string =>
  `access-log-${host.replace(/[^\w.-]+/g, '-')}-${at.slice(0, 10)}.${format}`
