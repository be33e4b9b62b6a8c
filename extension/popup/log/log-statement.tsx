import type { LogProof } from '../../messages/log-entries.ts'
import type { Connection } from '../../messages/state.ts'
import { absent } from '../../ui/words/absent.ts'
import { ago, exactly } from '../../ui/words/dates.ts'
import { personName } from '../../ui/words/outside-words.ts'
import { count, listed, t } from '../../ui/words/words.ts'
import { verdictOf } from '../../who-read/access-words.ts'
import { isDoubtful } from '../../who-read/log-proof.tsx'
import { soFarOf } from '../../who-read/use-checked-logs.ts'
import { countOthers, entriesOf, isUnerased, type LogAt, readBackTo } from './merged-log.ts'

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
 * The answer to the question above the list: who read the record lately, or last, or that nobody else did. An organization's log that
 * cannot be relied on has no part in it, nor has what was not read.
 */
export const LogStatement = ({ logs, nobody }: Props) => {
  const entries = logs.filter(({ pages }) => !isDoubtful(pages)).flatMap(entriesOf)
  const fresh = entries.filter(({ isNew, by }) => isNew && by === 'others')
  const readers = countOthers(fresh.filter(({ outcome }) => outcome === 'success'))
  const refusals = fresh.filter(({ outcome }) => outcome === 'refused').length
  const sentences = [
    readers.length > 0 && t('log_read_by', listed(readers.map(({ who }) => personName(who)))),
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

/** Who read the record last, if no later entry can be missing from any of the logs. */
const lastWords = (logs: readonly LogAt[]): string | undefined => {
  if (!logs.every(({ pages }) => isWholeDown(verdictOf(pages)))) return undefined
  const reads = logs.flatMap(entriesOf).filter(({ outcome }) => outcome === 'success')
  const [last] = countOthers(reads).toSorted((a, b) => Date.parse(b.lastAt) - Date.parse(a.lastAt))
  return last && t('log_last_by', personName(last.who), ago(last.lastAt))
}

/** Checks for a list without a gap from the newest entry down to where it was read. */
const isWholeDown = (verdict: LogProof | undefined): boolean =>
  verdict?.outcome === 'complete' || (verdict?.outcome === 'genuine' && verdict.why === 'unread')
