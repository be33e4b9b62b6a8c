import { useState } from 'preact/hooks'
import type { AccessEntry } from '../messages/access-log.ts'
import type { LogFilter } from '../messages/administration.ts'
import { ask } from '../messages/ask.ts'
import { Button } from '../ui/button.tsx'
import { download } from '../ui/download.ts'
import { Notice, ProblemNotice } from '../ui/notice.tsx'
import { useAction } from '../ui/use-action.ts'
import { count, t } from '../ui/words.ts'
import { logFileName, toCsv } from './log-file.ts'

const most = 2000

interface Props {
  connectionId: string
  organization: string
  host: string
  filter: LogFilter
}

/** What the filter leaves, as a file: all of its pages, up to a limit that is said. */
export const LogDownload = ({ connectionId, organization, host, filter }: Props) => {
  const [got, setGot] = useState<{ entries: number; cut: boolean }>()
  const save = useAction(async (format: 'csv' | 'json') => {
    setGot(undefined)
    const { entries, cut } = await collect(connectionId, filter)
    const at = new Date().toISOString()
    const name = logFileName(host, at, format)
    if (format === 'csv') download(name, 'text/csv', toCsv(entries))
    else
      download(
        name,
        'application/json',
        `${JSON.stringify({ organization, host, at, filter, cut, entries }, null, 2)}\n`,
      )
    setGot({ entries: entries.length, cut })
  })
  return (
    <div class="stack">
      <div class="row">
        <Button busy={save.running} onClick={() => save.run('csv')}>
          {t('download_csv')}
        </Button>
        <Button busy={save.running} onClick={() => save.run('json')}>
          {t('download_json')}
        </Button>
      </div>
      {save.running && <Notice kind="waiting">{t('download_running', organization)}</Notice>}
      {got && !save.running && (
        <Notice kind="done">
          {count('downloaded', got.entries)} {got.cut && t('download_cut', most)}
        </Notice>
      )}
      {save.problem && <ProblemNotice problem={save.problem} organization={organization} />}
    </div>
  )
}

const collect = async (
  connectionId: string,
  filter: LogFilter,
): Promise<{ entries: AccessEntry[]; cut: boolean }> => {
  const entries: AccessEntry[] = []
  let next: string | undefined
  do {
    const page = await ask('access-log', { connectionId, filter, ...(next !== undefined && { next }) })
    entries.push(...page.entries)
    next = page.next
    if (page.warning) return { entries: entries.slice(0, most), cut: true }
  } while (next !== undefined && entries.length < most)
  return { entries: entries.slice(0, most), cut: next !== undefined || entries.length > most }
}
