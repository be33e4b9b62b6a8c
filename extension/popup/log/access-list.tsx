import { useMemo, useRef, useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import { ask } from '../../messages/ask.ts'
import { type Connection, whyNotShared } from '../../messages/state.ts'
import { LeftOut, NotShared } from '../../record/absence.tsx'
import { AsOf } from '../../ui/controls/as-of.tsx'
import { Button } from '../../ui/controls/button.tsx'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { Skeleton } from '../../ui/controls/skeleton.tsx'
import { useAction } from '../../ui/state/use-action.ts'
import { ago } from '../../ui/words/dates.ts'
import { useNow } from '../../ui/words/when.tsx'
import { t } from '../../ui/words/words.ts'
import { LogLine } from './log-line.tsx'
import { LogStatement } from './log-statement.tsx'
import { LogProofs, LogVerdicts } from './log-verdicts.tsx'
import { isElsewhere, type LogAt, type LogEnd, type LogRow, mergeLogs } from './merged-log.ts'
import { useAccessLogs } from './use-access-logs.ts'
import { keyOf, useSeen } from './use-seen.ts'

interface Props {
  connections: Connection[]
  /** Those of the same person that are not shown. */
  leftOut: Connection[]
}

/** The access logs of all organizations where one person is signed in, as one list. */
export const AccessList = ({ connections, leftOut }: Props) => {
  // Drawn again as time passes, because what is said as known now soon is not.
  useNow()
  const logs = useAccessLogs(connections.filter(({ can }) => can.readAccessLog))
  // An organization whose log is not shown is named, and so are those whose log is.
  const alone = connections.length + leftOut.length === 1
  const times = logs.flatMap(({ pages: [first] }) => first?.readAt ?? [])
  return (
    <>
      <LogStatement logs={logs} everywhere={[...connections, ...leftOut]} />
      {times.length > 0 && (
        <AsOf
          at={Math.min(...times)}
          // Neither a log that never ends nor a slow one must keep the others from being read again.
          busy={logs.every(({ isRestarting }) => isRestarting)}
          onRefresh={() => {
            for (const { isRestarting, restart } of logs) if (!isRestarting) restart()
          }}
        />
      )}
      {connections
        .filter(({ can }) => !can.readAccessLog)
        .map((connection) => (
          <NotShared
            key={connection.id}
            connection={connection}
            why={whyNotShared(connection, ({ readAccessLog }) => readAccessLog)}
            what={t('access_log').toLocaleLowerCase()}
            refused={t('log_not_allowed', connection.providerName)}
          />
        ))}
      <LeftOut connections={leftOut} />
      <LogVerdicts logs={logs} alone={alone} />
      {logs.length > 0 && <Entries logs={logs} alone={alone} />}
      <LogProofs logs={logs} alone={alone} />
      {logs.map(({ connection }) => (
        <RevokeApplication key={connection.id} connection={connection} alone={alone} />
      ))}
    </>
  )
}

/** How many entries of each organization are shown at first and added each time: a page of a log is longer than the popup. */
const AT_FIRST = 8
const EACH_TIME = 20

const filterNames = ['others', 'elsewhere', 'refused'] as const
type Filter = (typeof filterNames)[number]

const FILTERS: Record<Filter, (row: LogRow) => boolean> = {
  others: ({ entry }) => entry.by === 'others',
  elsewhere: ({ entry }) => isElsewhere(entry),
  refused: ({ entry }) => entry.outcome === 'refused',
}

const Entries = ({ logs, alone }: { logs: LogAt[]; alone: boolean }) => {
  const [counts, setCounts] = useState<Record<string, number>>({})
  const [filter, setFilter] = useState<Filter>()
  const list = useRef<HTMLDivElement>(null)
  const { rows, ends } = useMemo(
    () =>
      mergeLogs(logs, {
        most: (id) => counts[id] ?? AT_FIRST,
        filter: filter && FILTERS[filter],
        now: Date.now(),
      }),
    [
      counts,
      filter,
      ...logs.flatMap(({ connection, pages, problem, pending }) => [connection, pages, problem, pending]),
    ],
  )
  useSeen(list, logs, rows)
  const hasRead = logs.some(({ pages }) => pages.some(({ entries }) => entries.length > 0))
  const showEarlier = ({ log, count, needsRead }: LogEnd) => {
    setCounts({ ...counts, [log.connection.id]: count + EACH_TIME })
    if (needsRead) log.loadMore()
  }
  return (
    <div ref={list} class="stack">
      {hasRead && (
        <fieldset class="row" aria-label={t('log_filter')}>
          {filterNames.map((each) => (
            <button
              key={each}
              type="button"
              class="chip"
              aria-pressed={filter === each}
              onClick={() => setFilter(filter === each ? undefined : each)}
            >
              {each === 'refused' ? t('log_filter_refused') : t(`access_by_${each}`)}
            </button>
          ))}
        </fieldset>
      )}
      {hasRead && rows.length === 0 && <Notice kind="empty">{t('log_filter_none')}</Notice>}
      {groupRows(rows, ends).map(({ name, rows: inGroup, ends: endsOfGroup }) => (
        <div key={name} class="stack">
          {inGroup.length > 0 && (
            <div>
              <h3 class="quiet">{name}</h3>
              <ol class="access">
                {inGroup.map((row) => (
                  <LogLine key={keyOf(row)} row={row} alone={alone} />
                ))}
              </ol>
            </div>
          )}
          {endsOfGroup.map((end) => (
            <Earlier key={end.log.connection.id} end={end} alone={alone} onShow={() => showEarlier(end)} />
          ))}
        </div>
      ))}
      {logs.some(({ pages, pending }) => pending && pages.length === 0) && (
        <Skeleton bars={rows.length > 0 ? [48] : [48, 48, 48]} />
      )}
    </div>
  )
}

/** The end of one organization's entries. With several organizations it names this one, because the others' entries follow. */
const Earlier = ({ end, alone, onShow }: { end: LogEnd; alone: boolean; onShow: () => void }) => {
  const { connection, pending } = end.log
  return (
    <div class={alone ? 'row' : 'row earlier'}>
      <Button busy={pending} onClick={onShow}>
        {alone ? t('show_earlier') : t('show_earlier_at', connection.providerName)}
      </Button>
    </div>
  )
}

interface Group {
  name: string
  rows: LogRow[]
  ends: LogEnd[]
}

/** Groups the rows: new accesses first, then by day. Each end goes into the group of the last row before it. */
const groupRows = (rows: LogRow[], ends: LogEnd[]): Group[] => {
  const groups = new Map<string, Group>()
  const groupOf = (row: LogRow | undefined): Group => {
    const name = !row ? '' : row.entry.isNew ? t('log_new_group') : capital(ago(row.at))
    const group = groups.get(name) ?? { name, rows: [], ends: [] }
    groups.set(name, group)
    return group
  }
  for (const row of rows) groupOf(row).rows.push(row)
  for (const end of ends) groupOf(end.lastRow).ends.push(end)
  return [...groups.values()]
}

const capital = (text: string): string => text.charAt(0).toLocaleUpperCase() + text.slice(1)

/** Opens the organization's own page, where a person can revoke any application's access. */
const RevokeApplication = ({ connection, alone }: { connection: Connection; alone: boolean }) => {
  const { id, providerName } = connection
  const [hasNone, setHasNone] = useState(false)
  const open = useAction(async () => {
    const { url } = await ask('management-page', { connectionId: id })
    setHasNone(url === undefined)
    if (url !== undefined) await browser.tabs.create({ url })
  })
  return (
    <>
      <Button look="plain" busy={open.isRunning} onClick={() => open.run()}>
        {alone ? t('log_revoke') : t('log_revoke_at', providerName)}
      </Button>
      {hasNone && <Notice kind="empty">{t('log_revoke_none', providerName)}</Notice>}
      {open.problem && <ProblemNotice problem={open.problem} organization={providerName} />}
    </>
  )
}
