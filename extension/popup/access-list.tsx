import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { ask } from '../messages/ask.ts'
import type { Connection } from '../messages/state.ts'
import { accessKind, accessWhat, accessWho } from '../ui/access-log.ts'
import { Button } from '../ui/button.tsx'
import { ago, exactly } from '../ui/dates.ts'
import { CautionMark, RefusedMark, Tick } from '../ui/icons.tsx'
import { LogProofLine } from '../ui/log-proof.tsx'
import { Notice, ProblemNotice } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { SourceDot } from '../ui/source.tsx'
import { When } from '../ui/when.tsx'
import { count, t } from '../ui/words.ts'
import { hasMore, type LogAt, type LogRow, mergeLogs } from './merged-log.ts'
import { OwnReads } from './own-reads.tsx'
import { RevokeApplication } from './revoke-application.tsx'
import { useAccessLogs } from './use-access-logs.ts'

interface Props {
  connections: Connection[]
  /** Where the list begins on screen. */
  heading: RefObject<HTMLElement | null>
}

/** The access logs of all organizations where one person is signed in, as one list. */
export const AccessList = ({ connections, heading }: Props) => {
  const logs = useAccessLogs(connections.filter(({ can }) => can.readAccessLog))
  useSeen(heading, logs)
  return (
    <>
      {connections
        .filter(({ can }) => !can.readAccessLog)
        .map(({ id, providerName }) => (
          <Notice key={id} kind="refused">
            {t('log_not_allowed', providerName)}
          </Notice>
        ))}
      {logs.map((log) => (
        <Verdict key={log.connection.id} log={log} alone={logs.length === 1} />
      ))}
      {logs.length > 0 && <Entries logs={logs} />}
      {logs.map(({ connection }) => (
        <RevokeApplication key={connection.id} connection={connection} alone={logs.length === 1} />
      ))}
    </>
  )
}

/** What has been on screen is new no longer, the next time. */
const useSeen = (heading: RefObject<HTMLElement | null>, logs: LogAt[]): void => {
  const newest = logs.flatMap(({ connection, pages }) => {
    const upTo = pages[0]?.entries[0]?.recorded
    return upTo === undefined ? [] : [{ connectionId: connection.id, upTo }]
  })
  useEffect(() => {
    if (!heading.current || newest.length === 0) return
    const observer = new IntersectionObserver((changes) => {
      if (!changes.some(({ isIntersecting }) => isIntersecting)) return
      observer.disconnect()
      for (const seen of newest) ask('access-log-seen', seen).catch(() => undefined)
    })
    observer.observe(heading.current)
    return () => observer.disconnect()
  }, [JSON.stringify(newest)])
}

const Verdict = ({ log, alone }: { log: LogAt; alone: boolean }) => {
  const { connection, pages, problem, pending, again, anew } = log
  const { providerName, hue } = connection
  const fresh = pages.flatMap(({ entries }) => entries).filter(({ isNew }) => isNew).length
  const seenAt = pages[0]?.seen?.at
  const isEmpty = pages.length > 0 && pages.every(({ entries }) => entries.length === 0)
  return (
    <>
      {!alone && (
        <p class="named small">
          <SourceDot hue={hue} /> <strong>{providerName}</strong>
        </p>
      )}
      {isEmpty && <Notice kind="empty">{t('log_empty', providerName)}</Notice>}
      <LogProofLine proofs={pages.map(({ proof }) => proof)} organization={providerName} onAgain={anew} />
      <OwnReads log={log} />
      {fresh > 0 && (
        <p>
          <strong>{count('log_new', fresh)}</strong>
          {seenAt !== undefined && ` ${t('log_since', exactly(seenAt))}`}
        </p>
      )}
      {problem && !pending && (
        <ProblemNotice
          problem={problem}
          organization={providerName}
          actions={<Button onClick={again}>{t('try_again')}</Button>}
        />
      )}
    </>
  )
}

/** A page of the log is longer than the popup, so it is shown in parts. */
const AT_FIRST = 8
const EACH_TIME = 20

type Filter = 'others' | 'refused'

const KEPT: Record<Filter, (row: LogRow) => boolean> = {
  others: ({ entry }) => entry.byOthers,
  refused: ({ entry }) => entry.outcome === 'refused',
}

const Entries = ({ logs }: { logs: LogAt[] }) => {
  const [shown, setShown] = useState(AT_FIRST)
  const [filter, setFilter] = useState<Filter>()
  const { rows, behind } = mergeLogs(logs)
  const kept = filter ? rows.filter(KEPT[filter]) : rows
  const pending = logs.some((log) => log.pending)
  const canShowMore = kept.length > shown || (behind !== undefined && !behind.problem)
  const showEarlier = () => {
    setShown(shown + EACH_TIME)
    if (shown + EACH_TIME > kept.length && behind && hasMore(behind)) behind.more()
  }
  return (
    <>
      {rows.length > 0 && (
        <fieldset class="row" aria-label={t('log_filter')}>
          {(['others', 'refused'] as const).map((each) => (
            <button
              key={each}
              type="button"
              class="chip"
              aria-pressed={filter === each}
              onClick={() => setFilter(filter === each ? undefined : each)}
            >
              {t(`log_filter_${each}`)}
            </button>
          ))}
        </fieldset>
      )}
      {rows.length > 0 && kept.length === 0 && <Notice kind="empty">{t('log_filter_none')}</Notice>}
      {byDay(kept.slice(0, shown)).map(({ name, rows: ofDay }) => (
        <div key={name}>
          <h3 class="quiet">{name}</h3>
          <ol class="access">
            {ofDay.map((row) => (
              <Entry key={`${row.connection.id} ${row.entry.id}`} row={row} alone={logs.length === 1} />
            ))}
          </ol>
        </div>
      ))}
      {pending && <Skeleton bars={rows.length > 0 ? [48] : [48, 48, 48]} />}
      {canShowMore && (
        <Button busy={pending} onClick={showEarlier}>
          {t('show_earlier')}
        </Button>
      )}
    </>
  )
}

const MARKS = { success: Tick, refused: RefusedMark, failed: CautionMark }

const Entry = ({ row, alone }: { row: LogRow; alone: boolean }) => {
  const { entry, connection, foreign, erasure } = row
  const Mark = foreign ? CautionMark : MARKS[entry.outcome]
  const what = accessWhat(entry)
  return (
    <li class={foreign ? 'failed' : entry.outcome}>
      <Mark />
      <div>
        <p>
          {entry.outcome !== 'success' && <strong>{t(`outcome_${entry.outcome}`)}: </strong>}
          <strong>{accessWho(entry, erasure)}</strong>
          {entry.application && entry.application !== entry.who && `, ${t('through', entry.application)}`}
        </p>
        <p class="quiet small">
          {accessKind(entry)}
          {what && (
            <>
              {' · '}
              <span title={entry.what}>{what}</span>
            </>
          )}
          {!alone && (
            <>
              {' · '}
              <SourceDot hue={connection.hue} /> {connection.providerName}
            </>
          )}
        </p>
        {foreign && <p class="small">{t('log_foreign_entry')}</p>}
      </div>
      <p class="quiet small">
        <When at={entry.recorded} as="clock" />
      </p>
    </li>
  )
}

const byDay = (rows: LogRow[]): { name: string; rows: LogRow[] }[] => {
  const days = new Map<string, LogRow[]>()
  for (const row of rows) {
    const name = capital(ago(row.entry.recorded))
    days.set(name, [...(days.get(name) ?? []), row])
  }
  return [...days].map(([name, ofDay]) => ({ name, rows: ofDay }))
}

const capital = (text: string): string => text.charAt(0).toLocaleUpperCase() + text.slice(1)
