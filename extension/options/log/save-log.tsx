import { useState } from 'preact/hooks'
import type { LogFilter } from '../../messages/administration.ts'
import { ask } from '../../messages/ask.ts'
import { Button } from '../../ui/controls/button.tsx'
import { download } from '../../ui/controls/download.ts'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { useAction } from '../../ui/state/use-action.ts'
import { count, t } from '../../ui/words/words.ts'
import { type CollectedLog, collectLog, mostEntries } from './collect-log.ts'
import { logFileName, toCsv } from './log-file.ts'

interface Props {
  connectionId: string
  organization: string
  host: string
  filter: LogFilter
}

/** Downloads the filtered log as a file, with all pages up to a limit that the page states. */
export const LogDownload = ({ connectionId, organization, host, filter }: Props) => {
  const [result, setResult] = useState<Omit<CollectedLog, 'entries'> & { entries: number }>()
  const save = useAction(async (format: 'csv' | 'json') => {
    setResult(undefined)
    const { entries, cut } = await collectLog((next) =>
      ask('access-log', { connectionId, filter, ...(next !== undefined && { next }) }),
    )
    const at = new Date().toISOString()
    const name = logFileName(host, at, format)
    if (format === 'csv') download(name, 'text/csv', toCsv(entries))
    else
      download(
        name,
        'application/json',
        `${JSON.stringify({ organization, host, at, filter, cut: cut !== undefined, entries }, null, 2)}\n`,
      )
    setResult({ entries: entries.length, ...(cut && { cut }) })
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
        <Notice kind="done">
          {count('downloaded', result.entries)} {result.cut === 'full' && t('download_cut', mostEntries)}
          {result.cut === 'unfinished' && t('download_unfinished', organization)}
        </Notice>
      )}
      {save.problem && <ProblemNotice problem={save.problem} organization={organization} />}
    </div>
  )
}
