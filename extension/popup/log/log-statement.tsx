import { type AccessEntry, type AccessKind, isOfData } from '../../messages/log-entries.ts'
import type { Connection } from '../../messages/state.ts'
import { absent } from '../../ui/words/absent.ts'
import { ago, exactly } from '../../ui/words/dates.ts'
import { quotedName } from '../../ui/words/outside-words.ts'
import { SourceDot } from '../../ui/words/source-mark.tsx'
import { count, listed, t } from '../../ui/words/words.ts'
import { isDoubtful } from '../../who-read/log-proof.tsx'
import { soFarOf } from '../../who-read/use-checked-logs.ts'
import { allKnownSince, entriesOf, knownSince, type LogAt } from './merged-log.ts'

interface Props {
  logs: LogAt[]
  /** All connections of the person, also those whose log is not on the page. */
  everywhere: readonly Pick<Connection, 'id'>[]
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
export const LogStatement = ({ logs, everywhere }: Props) => {
  const news = logs.filter(({ pages }) => !isDoubtful(pages)).flatMap(newsOf)
  return (
    <>
      {(news.length > 0 ? news : lastLines(logs, everywhere)).map(({ connection, sentences }) => (
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

const sorted = new WeakMap<AccessEntry[], AccessEntry[]>()

/** Sorts once, not at each drawing: an organization has thousands of entries, and chooses how its dates are written. */
const newestFirst = (entries: AccessEntry[]): AccessEntry[] => {
  const known = sorted.get(entries)
  if (known) return known
  const newest = entries
    .map((entry) => ({ entry, at: Date.parse(entry.recorded) }))
    .sort((a, b) => b.at - a.at)
    .map(({ entry }) => entry)
  sorted.set(entries, newest)
  return newest
}

/** Returns the latest access to the record's data by each of the others, newest first. */
const readersIn = (log: LogAt, isCounted: (entry: AccessEntry) => boolean = () => true): AccessEntry[] => {
  const readers = new Map<string, AccessEntry>()
  for (const entry of newestFirst(entriesOf(log))) {
    const { by, outcome, who, agentKey = who, personKey = agentKey } = entry
    const isReader = by === 'others' && outcome === 'success' && isOfData(entry) && !entry.erased
    if (isReader && isCounted(entry) && !readers.has(personKey)) readers.set(personKey, entry)
  }
  return [...readers.values()]
}

/**
 * Says that nobody else read the record, or who read it last at each organization that names somebody, as far back as all logs together are
 * known. Where a log is not, or not as far back as those accesses, every organization speaks for itself.
 */
const lastLines = (logs: readonly LogAt[], everywhere: Props['everywhere']): Line[] => {
  const since = allKnownSince(logs, everywhere)
  const nobody = nobodyElse(logs, since)
  if (nobody !== undefined) return [{ sentences: [nobody] }]
  const each = logs.flatMap((log) => {
    const readAt = Date.parse(lastReaderIn(log)?.recorded ?? '') || 0
    const line = lastLineOf(log)
    return line ? [{ line, readAt }] : []
  })
  const named = each.filter(({ readAt }) => readAt > 0).toSorted((a, b) => b.readAt - a.readAt)
  const isSaid = named.length > 0 && since !== undefined && named.every(({ readAt }) => readAt >= since)
  return (isSaid ? named : each).map(({ line }) => line)
}

/** Names the last reader at one organization, or says that it names nobody else, as far back as its log is known. */
const lastLineOf = (log: LogAt): Line | undefined => {
  const since = knownSince(log)
  const last = lastReaderIn(log)
  const words = last ? t('log_last_by', readerWords(last), ago(last.recorded)) : nobodyElse([log], since)
  return since === undefined || words === undefined
    ? undefined
    : { connection: log.connection, sentences: [words] }
}

const lastReaderIn = (log: LogAt): AccessEntry | undefined => readersIn(log)[0]

/** @param since as `knownSince` returns it for all of the logs. */
const nobodyElse = (logs: readonly LogAt[], since: number | undefined): string | undefined => {
  const entries = logs.flatMap(entriesOf)
  if (since === undefined || entries.some(({ by }) => by === 'others')) return undefined
  const answers = logs.map((log) => ({ ...soFarOf(log), value: { cut: knownSince(log) === undefined } }))
  // Somebody else may have the person's password.
  const isSure =
    entries.every(isOfThisBrowser) &&
    logs.every(({ pages }) => pages.every(({ own }) => (own?.foreign ?? []).length === 0))
  return absent(answers, isSure ? 'log_others_none' : 'log_others_named_none', exactly(since))
}

/** What this browser does itself. It exports no log, for example, and what an unknown kind is nobody knows. */
const ownKinds: readonly AccessKind[] = [
  ...(['read', 'search', 'proof'] as const),
  ...(['authorize', 'account', 'sign-in', 'consent', 'token', 'revoke'] as const),
]

const isOfThisBrowser = ({ by, kind }: AccessEntry): boolean => by === 'you' && ownKinds.includes(kind)
