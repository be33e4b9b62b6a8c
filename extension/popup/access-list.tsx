import { useState } from 'preact/hooks'
import type { AccessEntry } from '../messages/access-log.ts'
import type { Connection } from '../messages/state.ts'
import { accessKind, accessWhat, useAccessLog } from '../ui/access-log.ts'
import { Button } from '../ui/button.tsx'
import { ago } from '../ui/dates.ts'
import { CautionMark, RefusedMark, Tick } from '../ui/icons.tsx'
import { LogProofLine } from '../ui/log-proof.tsx'
import { Notice, ProblemNotice } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { When } from '../ui/when.tsx'
import { t } from '../ui/words.ts'

export const AccessList = ({ connection }: { connection: Connection }) => (
  <section id="who-read" aria-labelledby="who-read-title" tabIndex={-1} class="stack">
    <h2 id="who-read-title">{t('who_read_my_record')}</h2>
    {connection.can.readAccessLog ? (
      <Entries connection={connection} />
    ) : (
      <Notice kind="refused">{t('log_not_allowed', connection.providerName)}</Notice>
    )}
  </section>
)

/** A page of the log is longer than the popup, so it is shown in parts. */
const AT_FIRST = 8
const EACH_TIME = 20

const Entries = ({ connection }: { connection: Connection }) => {
  const { items, proofs, problem, pending, hasMore, more, again } = useAccessLog(connection.id)
  const [shown, setShown] = useState(AT_FIRST)
  const known = items?.length ?? 0
  const showEarlier = () => {
    setShown(shown + EACH_TIME)
    if (shown + EACH_TIME > known && hasMore) more()
  }
  return (
    <>
      {items?.length === 0 && <Notice kind="empty">{t('log_empty', connection.providerName)}</Notice>}
      <LogProofLine proofs={proofs} organization={connection.providerName} />
      {byDay((items ?? []).slice(0, shown)).map(({ name, entries }) => (
        <div key={name}>
          <h3 class="quiet">{name}</h3>
          <ol class="access">
            {entries.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ol>
        </div>
      ))}
      {pending && <Skeleton bars={items ? [48] : [48, 48, 48]} />}
      {problem && !pending && (
        <ProblemNotice
          problem={problem}
          organization={connection.providerName}
          actions={<Button onClick={again}>{t('try_again')}</Button>}
        />
      )}
      {(hasMore || shown < known) && !problem && (
        <Button busy={pending} onClick={showEarlier}>
          {t('show_earlier')}
        </Button>
      )}
    </>
  )
}

const MARKS = { success: Tick, refused: RefusedMark, failed: CautionMark }

const Entry = ({ entry }: { entry: AccessEntry }) => {
  const Mark = MARKS[entry.outcome]
  const what = accessWhat(entry)
  return (
    <li class={entry.outcome}>
      <Mark />
      <div>
        <p>
          {entry.outcome !== 'success' && <strong>{t(`outcome_${entry.outcome}`)}: </strong>}
          <strong>{entry.who || t('unnamed')}</strong>
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
        </p>
      </div>
      <p class="quiet small">
        <When at={entry.recorded} as="clock" />
      </p>
    </li>
  )
}

const byDay = (entries: AccessEntry[]): { name: string; entries: AccessEntry[] }[] => {
  const days = new Map<string, AccessEntry[]>()
  for (const entry of entries) {
    const name = capital(ago(entry.recorded))
    days.set(name, [...(days.get(name) ?? []), entry])
  }
  return [...days].map(([name, entries]) => ({ name, entries }))
}

const capital = (text: string): string => text.charAt(0).toLocaleUpperCase() + text.slice(1)
