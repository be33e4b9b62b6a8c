import { useState } from 'preact/hooks'
import type { LogFilter } from '../../messages/administration.ts'
import { ask } from '../../messages/ask.ts'
import type { Connection, State } from '../../messages/state.ts'
import { AsOf } from '../../ui/controls/as-of.tsx'
import { Button } from '../../ui/controls/button.tsx'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { Skeleton } from '../../ui/controls/skeleton.tsx'
import type { Pages } from '../../ui/state/use-pages.ts'
import { absent } from '../../ui/words/absent.ts'
import { t } from '../../ui/words/words.ts'
import { uniqueEntries } from '../../who-read/access-words.ts'
import { LogProofLine } from '../../who-read/log-proof.tsx'
import { type ReadPage, soFarOf, useCheckedLogs } from '../../who-read/use-checked-logs.ts'
import { Administrator } from '../administrator/administrator.tsx'
import { useAdministrator } from '../administrator/use-administrator.ts'
import { LogFilterForm } from './log-filter-form.tsx'
import { LogTable } from './log-table.tsx'
import { LogDownload } from './save-log.tsx'

export const AccessLog = ({ state }: { state: State }) => {
  const bound = useAdministrator(state, readsWholeLog)
  const { provider, administrator } = bound
  return (
    <section id="access-log" aria-labelledby="access-log-title" class="stack">
      <h1 id="access-log-title">{t('access_log')}</h1>
      <p class="quiet">{t('access_log_lead')}</p>
      {provider && (
        <Administrator
          state={state}
          provider={provider}
          bound={bound}
          reason={t('access_log_needs_administrator')}
        />
      )}
      {administrator && <Entries key={administrator.id} connection={administrator} />}
    </section>
  )
}

const readsWholeLog = ({ can, person }: Connection): boolean =>
  can.readAccessLog && person.role === 'administrator'

const Entries = ({ connection }: { connection: Connection }) => {
  const { id: connectionId, providerName: organization } = connection
  const [filterForm, setFilterForm] = useState<LogFilter>({})
  const filter = Object.keys(filterForm).length > 0 ? filterForm : undefined
  const [log] = useCheckedLogs([
    {
      key: JSON.stringify([connectionId, filter]),
      load: (last) =>
        ask('access-log', {
          connectionId,
          ...(filter && { filter }),
          ...(last?.next && { next: last.next }),
        }),
    },
  ]) as [Pages<ReadPage>]
  const { pages, problem, pending, isRestarting, loadMore, retry, restart } = log
  const entries = uniqueEntries(pages.flatMap((page) => page.entries))
  const proofs = pages.map(({ proof }) => proof)
  const { next, warning } = pages.at(-1) ?? {}
  return (
    <>
      <LogFilterForm busy={pending} onFilter={setFilterForm} />
      {pages[0] && <AsOf at={pages[0].readAt} busy={isRestarting} onRefresh={restart} />}
      {pages.length > 0 && entries.length === 0 && (
        <Empty log={log} filter={filter} organization={organization} />
      )}
      <LogProofLine pages={pages} organization={organization} onRetry={restart} />
      {entries.length > 0 && <LogTable entries={entries} proofs={proofs} organization={organization} />}
      {pending && <Skeleton bars={pages.length > 0 ? [32] : [32, 32, 32, 32]} />}
      {warning && <ProblemNotice problem={warning} organization={organization} />}
      {problem && !pending && <ProblemNotice problem={problem} organization={organization} onRetry={retry} />}
      {entries.length > 0 && <LogDownload connection={connection} filter={filterForm} />}
      {next !== undefined && !problem && (
        <Button busy={pending} onClick={loadMore}>
          {t('show_earlier')}
        </Button>
      )}
    </>
  )
}

interface EmptyProps {
  log: Pages<ReadPage>
  filter: LogFilter | undefined
  organization: string
}

/** Says why no entry is shown: a mistyped name must not look like a record that nobody read. */
const Empty = ({ log, filter, organization }: EmptyProps) => {
  const unknown = log.pages[0]?.nobody?.map((person) => t(`log_nobody_${person}`, organization))
  return (
    <Notice kind="empty">
      {unknown?.join(' ') ??
        absent([soFarOf(log)], filter ? 'log_filter_empty' : 'log_empty', organization) ??
        t('log_none_yet', organization)}
    </Notice>
  )
}
