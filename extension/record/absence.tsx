import { ask } from '../messages/ask.ts'
import { type Problem, unreachableCodes } from '../messages/errors.ts'
import type { Connection, GrantedPart, whyNotShared } from '../messages/state.ts'
import { Button } from '../ui/controls/button.tsx'
import { UnreachableMark } from '../ui/controls/icons.tsx'
import { Notice, ProblemNotice } from '../ui/controls/notice.tsx'
import { useAction } from '../ui/state/use-action.ts'
import { sentence } from '../ui/words/problem.ts'
import { lately, When } from '../ui/words/when.tsx'
import { count, t } from '../ui/words/words.ts'
import { leftOutWords } from './person.ts'

/** An organization that cannot be reached now. */
export interface OutOfReachPart {
  connection: Connection
  problem: Problem
  /** When the copy shown instead was read. */
  readAt?: number
  /** What is missing, if that is only a part. */
  part?: string
  retry: () => void
}

/** Checks whether a problem means that an organization cannot be reached, so that it may share one line with others. */
export const isOutOfReach = ({ code }: Problem): boolean => unreachableCodes.has(code)

/**
 * Several organizations that cannot be reached, as one line that opens to their names. How old the copies are that are shown stays in
 * sight: in the line if there is a copy of each, and otherwise by name below it.
 */
export const OutOfReach = ({ parts }: { parts: OutOfReachPart[] }) => {
  const times = parts.flatMap(({ readAt }) => readAt ?? [])
  const hasAll = times.length === parts.length
  const line = hasAll
    ? t('organizations_away_copy', parts.length, lately(Math.min(...times)))
    : t('organizations_away', parts.length)
  return (
    <div class="notice unreachable" role="status">
      <UnreachableMark />
      <div>
        <details>
          <summary>{line}</summary>
          <Away parts={hasAll ? parts : parts.filter(({ readAt }) => readAt === undefined)} />
        </details>
        {!hasAll && times.length > 0 && <Away parts={parts.filter(({ readAt }) => readAt !== undefined)} />}
        <div class="row">
          <Button
            onClick={() => {
              for (const { retry } of parts) retry()
            }}
          >
            {t('try_again')}
          </Button>
        </div>
      </div>
    </div>
  )
}

const Away = ({ parts }: { parts: OutOfReachPart[] }) => (
  <ul class="small">
    {parts.map(({ connection, problem, readAt, part }) => (
      <li key={connection.id}>
        {sentence(problem, connection.providerName)}
        {part && ` ${part}`}
        {readAt !== undefined && (
          <>
            {' '}
            <LastRead at={readAt} />
          </>
        )}
      </li>
    ))}
  </ul>
)

/** When the copy was read that is shown instead. */
export const LastRead = ({ at }: { at: number }) => (
  <>
    {t('last_read')} <When at={at} as="lately" />.
  </>
)

/** Says how many resources an organization sent that are not certainly about the person, so that nobody misses them. */
export const Omitted = ({ organization, number }: { organization: string; number: number }) => (
  <Notice kind="refused">
    {organization}: {count('omitted', number)}
  </Notice>
)

/**
 * Names the organizations that a page about the person leaves out.
 *
 * @param onOpen opens one where they are signed in.
 */
export const LeftOut = ({
  connections,
  onOpen,
}: {
  connections: Connection[]
  onOpen?: (connection: Connection) => void
}) =>
  connections.map((connection) => (
    <Notice
      key={connection.id}
      kind="refused"
      actions={
        onOpen && <Button onClick={() => onOpen(connection)}>{t('open_of', connection.providerName)}</Button>
      }
    >
      {leftOutWords(connection)}
    </Notice>
  ))

interface Props {
  connection: Connection
  why: ReturnType<typeof whyNotShared>
  /** The kind of data, as the sentence names it: `medications`. */
  what: string
  /** What is said if it was not shared at the sign-in. */
  refused: string
}

/** Says, in place of the data, why it is not shared, and what to do. */
export const NotShared = ({ connection, why, what, refused }: Props) => {
  if (why === 'stopped')
    return (
      <StoppedSharing connection={connection}>
        {t('sharing_stopped', what, connection.providerName)}
      </StoppedSharing>
    )
  return <Notice kind="refused">{why === 'forbidden' ? t('sharing_forbidden', what) : refused}</Notice>
}

/** Says beside the data that the grant limits them to a part, because the organization leaves the rest out without a word. */
export const Limited = ({
  connection,
  parts,
  what,
}: Pick<Props, 'connection' | 'what'> & { parts: readonly GrantedPart[] }) => {
  const { stopped, providerName } = connection
  return parts.some((part) => stopped?.limited.includes(part)) ? (
    <StoppedSharing connection={connection}>{t('sharing_limited_now', what, providerName)}</StoppedSharing>
  ) : (
    <Notice kind="refused">{t('sharing_limited', what, providerName)}</Notice>
  )
}

/** Who narrowed the grant at the organization is not known: an organization can do so by itself at any refresh. */
const StoppedSharing = ({
  connection: { providerId, providerName },
  children,
}: Pick<Props, 'connection'> & { children: string }) => {
  const signIn = useAction(() => ask('sign-in', { providerId, purpose: 'record' }))
  return (
    <>
      <Notice
        kind="refused"
        actions={
          <Button
            busy={signIn.isRunning}
            onClick={() => signIn.run()}
            aria-label={t('sign_in_with', providerName)}
          >
            {t('sign_in')}
          </Button>
        }
      >
        {children}
      </Notice>
      {signIn.problem && <ProblemNotice problem={signIn.problem} organization={providerName} />}
    </>
  )
}
