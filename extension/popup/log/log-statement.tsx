import type { AccessEntry, LogProof } from '../../messages/log-entries.ts'
import type { Connection } from '../../messages/state.ts'
import { absent } from '../../ui/words/absent.ts'
import { ago, exactly } from '../../ui/words/dates.ts'
import { personName } from '../../ui/words/outside-words.ts'
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

/**
 * Answers the question above the list: who read the record since the last look, who read it last, or that nobody else did. A log that
 * cannot be relied on has no part in the answer.
 */
export const LogStatement = ({ logs, nobody }: Props) => {
  const sound = logs.filter(({ pages }) => !isDoubtful(pages))
  const readers = readersIn(sound, ({ isNew, outcome }) => isNew && outcome === 'success')
  const more = readers.length - MOST_NAMED
  const names = readers.slice(0, MOST_NAMED).map(({ who }) => personName(who))
  const refusals = sound
    .flatMap(entriesOf)
    .filter(({ isNew, by, outcome }) => isNew && by === 'others' && outcome === 'refused').length
  const sentences = [
    readers.length > 0 &&
      t('log_read_by', listed([...names, ...(more > 0 ? [count('log_more', more)] : [])])),
    refusals > 0 && count('log_refusals', refusals),
  ].filter((words) => words !== false)
  const others = nobody ?? lastWords(logs)
  const lines = sentences.length > 0 || others === undefined ? sentences : [others]
  return lines.length === 0 ? null : (
    <p class="statement">
      {lines.map((line) => (
        <span key={line}>{line} </span>
      ))}
    </p>
  )
}

const MOST_NAMED = 3

interface Reader {
  who: string
  /** FHIR instant of the last access. */
  lastAt: string
}

/**
 * Returns the others who accessed the record's data, once per organization: the latest of each organization first, then the second
 * latest, and so on, so that no organization can push out whom another names.
 */
const readersIn = (logs: readonly LogAt[], isCounted: (entry: AccessEntry) => boolean): Reader[] =>
  logs
    .flatMap((log) => {
      const readers = new Map<string, Reader>()
      const newestFirst = entriesOf(log).toSorted((a, b) => Date.parse(b.recorded) - Date.parse(a.recorded))
      for (const entry of newestFirst) {
        const { by, who, agentKey = who, personKey = agentKey, recorded } = entry
        if (by !== 'others' || !isOfData(entry) || entry.erased || !isCounted(entry)) continue
        if (!readers.has(personKey)) readers.set(personKey, { who, lastAt: recorded })
      }
      return [...readers.values()].map((reader, rank) => ({ reader, rank }))
    })
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ reader }) => reader)

/** Who read the record last, if no later entry can be missing from any of the logs, and none is dated ahead or erased. */
const lastWords = (logs: readonly LogAt[]): string | undefined => {
  const now = Date.now()
  const isPlain = (entry: AccessEntry) => !entry.erased && !isAhead(entry, now)
  if (!logs.every((log) => hasNoGap(verdictOf(log.pages)) && entriesOf(log).every(isPlain))) return undefined
  const [last] = readersIn(logs, ({ outcome }) => outcome === 'success').toSorted(
    (a, b) => Date.parse(b.lastAt) - Date.parse(a.lastAt),
  )
  return last && t('log_last_by', personName(last.who), ago(last.lastAt))
}

/** Checks that no entry is missing between the newest and the oldest one that was read. */
const hasNoGap = (verdict: LogProof | undefined): boolean =>
  (verdict?.outcome === 'complete' && verdict.erasure === undefined) ||
  (verdict?.outcome === 'genuine' && verdict.why === 'unread')
