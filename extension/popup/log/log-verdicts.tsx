import { useMemo } from 'preact/hooks'
import { isOutOfReach, OutOfReach, type OutOfReachPart } from '../../record/absence.tsx'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { absent } from '../../ui/words/absent.ts'
import { exactly } from '../../ui/words/dates.ts'
import { SourceDot } from '../../ui/words/source-mark.tsx'
import { count, t } from '../../ui/words/words.ts'
import { typeWords } from '../../who-read/access-words.ts'
import { isDoubtful, LogProofLine } from '../../who-read/log-proof.tsx'
import { soFarOf } from '../../who-read/use-checked-logs.ts'
import { countElsewhere, countNew, entriesOf, isCurrent, isReadBackTo, type LogAt } from './merged-log.ts'

/** The sentence about each log. Several organizations that cannot be reached share one line. */
export const LogVerdicts = ({ logs, alone }: { logs: LogAt[]; alone: boolean }) => {
  const away = logs.flatMap((log) => outOfReach(log) ?? [])
  const isShared = away.length > 1
  return (
    <>
      {isShared && <OutOfReach parts={away} />}
      {logs
        .filter((log) => !isShared || log.pages.length > 0 || !outOfReach(log))
        .map((log) => (
          <Verdict key={log.connection.id} log={log} alone={alone} isShared={isShared} />
        ))}
    </>
  )
}

const outOfReach = ({ connection, problem, pending, retry }: LogAt): OutOfReachPart | undefined =>
  problem && !pending && isOutOfReach(problem) ? { connection, problem, retry } : undefined

interface Props {
  log: LogAt
  /** No other organization is shown. */
  alone: boolean
  /** One line for several organizations already says that this one cannot be reached. */
  isShared: boolean
}

const Verdict = ({ log, alone, isShared }: Props) => {
  const { connection, pages, problem, pending, retry, restart } = log
  const { providerName, hue } = connection
  const { fresh, own, isReadBack } = useMemo(
    () => ({
      fresh: countNew(log),
      own: countElsewhere(log),
      isReadBack: isReadBackTo(log, Date.parse(pages[0]?.seen?.upTo ?? '') || 0),
    }),
    [pages],
  )
  const newCounts = [
    fresh.others > 0 && count('log_new', fresh.others),
    fresh.signIns > 0 && count('log_new_sign_ins', fresh.signIns),
    fresh.erasures > 0 && count('log_new_erasures', fresh.erasures),
  ].filter((words) => words !== false)
  const ownCounts = [
    own.elsewhere > 0 && count('log_elsewhere', own.elsewhere),
    own.unsure > 0 && count('log_unsure', own.unsure),
  ].filter((words) => words !== false)
  const seenAt = pages[0]?.seen?.at
  const warning = pages.at(-1)?.warning
  const nothing =
    isCurrent(log) &&
    pages.every(({ entries }) => entries.length === 0) &&
    absent([soFarOf(log)], 'log_empty', providerName)
  return (
    <>
      {!alone && (
        <p class="named small">
          <SourceDot hue={hue} /> <strong>{providerName}</strong>
        </p>
      )}
      {nothing && <Notice kind="empty">{nothing}</Notice>}
      {isDoubtful(pages) && <LogProofLine pages={pages} organization={providerName} onRetry={restart} />}
      <OwnReads log={log} />
      {newCounts.length + ownCounts.length > 0 && (
        <p class="small">
          {!isReadBack && `${t('log_among', entriesOf(log).length)} `}
          {newCounts.length > 0 && <strong>{newCounts.join(', ')}</strong>}
          {newCounts.length > 0 && ownCounts.length > 0 && ', '}
          {ownCounts.join(', ')}
          {seenAt !== undefined && ` ${t('log_since', exactly(seenAt))}`}
        </p>
      )}
      {warning && <ProblemNotice problem={warning} organization={providerName} />}
      {problem && !pending && !(isShared && isOutOfReach(problem)) && (
        <ProblemNotice problem={problem} organization={providerName} onRetry={retry} />
      )}
    </>
  )
}

/** The proof of each log, below what it says; a log that cannot be relied on says so at the top. */
export const LogProofs = ({ logs, alone }: { logs: LogAt[]; alone: boolean }) => (
  <>
    {logs
      .filter(({ pages }) => !isDoubtful(pages))
      .map(({ connection: { id, hue, providerName }, pages, restart, loadMore }) => (
        <div key={id}>
          {!alone && pages.length > 0 && (
            <p class="named small">
              <SourceDot hue={hue} /> <strong>{providerName}</strong>
            </p>
          )}
          <LogProofLine pages={pages} organization={providerName} onRetry={restart} onReadOn={loadMore} />
        </div>
      ))}
  </>
)

const NAMED = 3

/** Reports where the log and this browser's own reads disagree; renders nothing while they agree. */
const OwnReads = ({ log: { connection, pages } }: { log: LogAt }) => {
  const foreign = pages.flatMap(({ own }) => own?.foreign ?? [])
  const missing = pages.flatMap(({ own }) => own?.missing ?? [])
  const descriptions = missing
    .slice(0, NAMED)
    .map(({ at, what }) => `${typeWords(what, connection.person.role === 'patient') ?? what}, ${exactly(at)}`)
  return (
    <>
      {missing.length > 0 && (
        <Notice kind="alarm">
          <strong>{count('log_own_missing', missing.length)}</strong> {descriptions.join('; ')}
          {missing.length > NAMED && '; …'}
        </Notice>
      )}
      {foreign.length > 0 && <Notice kind="failed">{count('log_foreign', foreign.length)}</Notice>}
    </>
  )
}
