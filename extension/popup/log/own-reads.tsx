import { Notice } from '../../ui/controls/notice.tsx'
import { exactly } from '../../ui/words/dates.ts'
import { count } from '../../ui/words/words.ts'
import { typeWords } from '../../who-read/access-words.ts'
import type { LogAt } from './merged-log.ts'

const NAMED = 3

/** Reports where the log and this browser's own reads disagree; renders nothing while they agree. */
export const OwnReads = ({ log: { connection, pages } }: { log: LogAt }) => {
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
