import type { AccessEntry, LogProof } from '../../messages/log-entries.ts'
import type { Connection } from '../../messages/state.ts'
import { absent } from '../../ui/words/absent.ts'
import { ago, exactly } from '../../ui/words/dates.ts'
import { quotedName } from '../../ui/words/outside-words.ts'
import { SourceDot } from '../../ui/words/source-mark.tsx'
import { count, listed, t } from '../../ui/words/words.ts'
import { isAhead, isOfData, verdictOf } from '../../who-read/access-words.ts'
import { isDoubtful } from '../../who-read/log-proof.tsx'
import { soFarOf } from '../../who-read/use-checked-logs.ts'
import { entriesOf, isUnerased, type LogAt, readBackTo } from './merged-log.ts'

/**
 * That nobody else read the record is said only if the log of each organization of the person is on the page, and proven to leave
 * nothing out, also by an erasure.
 */
export const nobodyElse = (
  logs: readonly LogAt[],
  everywhere: readonly Pick<Connection, 'id'>[],
): string | undefined => {
  const since = readBackTo(logs)
  if (since === undefined || logs.flatMap(entriesOf).some(({ by }) => by === 'others')) return undefined
  const answers = everywhere.map(({ id }) => {
    const log = logs.find(({ connection }) => connection.id === id)
    return log ? { ...soFarOf(log), value: { cut: !isUnerased(log) } } : { pending: false }
  })
  return absent(answers, 'log_others_none', exactly(since))
}

interface Props {
  logs: LogAt[]
  /** The sentence that nobody else read the record; undefined unless that is proven. */
  nobody: string | undefined
}

/** What is said of one organization's log; of all logs, if it names none. */
interface Line {
  connection?: Connection
  sentences: string[]
}

/**
 * Answers the question above the list: who read the record since the last look, who read it last, or that nobody else did. A log that
 * cannot be relied on has no part in the answer. Who read is what an organization says, so its name stands before it, and the reader's
 * in quotation marks: it could be `Nobody`, or accuse another organization's doctor.
 */
export const LogStatement = ({ logs, nobody }: Props) => {
  const news = logs.filter(({ pages }) => !isDoubtful(pages)).flatMap(newsOf)
  const others = nobody === undefined ? lastLine(logs) : [{ sentences: [nobody] }]
  return (
    <>
      {(news.length > 0 ? news : others).map(({ connection, sentences }) => (
        <p key={connection?.id} class="statement">
          {connection && (
            <strong class="named small">
              <SourceDot hue={connection.hue} /> {connection.providerName}:{' '}
            </strong>
          )}
          {sentences.map((sentence) => (
            <span key={sentence}>{sentence} </span>
          ))}
        </p>
      ))}
    </>
  )
}

const mostNamed = 3

/** Names who read the record since the last look at one log, and counts whom it refused. */
const newsOf = (log: LogAt): Line[] => {
  const readers = readersIn(log, ({ isNew }) => isNew)
  const more = readers.length - mostNamed
  const names = readers.slice(0, mostNamed).map(readerWords)
  const refusals = entriesOf(log).filter(
    ({ isNew, by, outcome }) => isNew && by === 'others' && outcome === 'refused',
  ).length
  const sentences = [
    readers.length > 0 &&
      t('log_read_by', listed([...names, ...(more > 0 ? [count('log_more', more)] : [])])),
    refusals > 0 && count('log_refusals', refusals),
  ].filter((words) => words !== false)
  return sentences.length > 0 ? [{ connection: log.connection, sentences }] : []
}

const readerWords = ({ who }: AccessEntry): string =>
  who ? quotedName(who) : t('unnamed').toLocaleLowerCase()

/** Returns the latest access to the record's data by each of the others, newest first. */
const readersIn = (log: LogAt, isCounted: (entry: AccessEntry) => boolean = () => true): AccessEntry[] => {
  const readers = new Map<string, AccessEntry>()
  const newestFirst = entriesOf(log).toSorted((a, b) => Date.parse(b.recorded) - Date.parse(a.recorded))
  for (const entry of newestFirst) {
    const { by, outcome, who, agentKey = who, personKey = agentKey } = entry
    const isReader = by === 'others' && outcome === 'success' && isOfData(entry) && !entry.erased
    if (isReader && isCounted(entry) && !readers.has(personKey)) readers.set(personKey, entry)
  }
  return [...readers.values()]
}

/** Who read the record last, if no later entry can be missing from any of the logs, and none is dated ahead or erased. */
const lastLine = (logs: readonly LogAt[]): Line[] => {
  const now = Date.now()
  const isPlain = (entry: AccessEntry) => !entry.erased && !isAhead(entry, now)
  if (!logs.every((log) => hasNoGap(verdictOf(log.pages)) && entriesOf(log).every(isPlain))) return []
  return logs
    .flatMap((log) =>
      readersIn(log)
        .slice(0, 1)
        .map((reader) => ({ connection: log.connection, reader })),
    )
    .toSorted((a, b) => Date.parse(b.reader.recorded) - Date.parse(a.reader.recorded))
    .slice(0, 1)
    .map(({ connection, reader }) => ({
      connection,
      sentences: [t('log_last_by', readerWords(reader), ago(reader.recorded))],
    }))
}

/** Checks that no entry is missing between the newest and the oldest one that was read. */
const hasNoGap = (verdict: LogProof | undefined): boolean =>
  (verdict?.outcome === 'complete' && verdict.erasure === undefined) ||
  (verdict?.outcome === 'genuine' && verdict.why === 'unread')
