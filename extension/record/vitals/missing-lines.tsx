import type { ComponentChildren } from 'preact'
import { ask } from '../../messages/ask.ts'
import type { Connection } from '../../messages/state.ts'
import type { VitalName } from '../../messages/vitals.ts'
import { Button } from '../../ui/controls/button.tsx'
import { endOf } from '../../ui/provider/connection-words.ts'
import { useAction } from '../../ui/state/use-action.ts'
import { sentence } from '../../ui/words/problem.ts'
import { type MarkState, SourceDot } from '../../ui/words/source-mark.tsx'
import { lately } from '../../ui/words/when.tsx'
import { t, type Word } from '../../ui/words/words.ts'
import type { VitalsAt } from './use-vitals.ts'

/** Returns the organizations whose current readings could be here and are not, or not yet. */
export const missingOf = (vitals: readonly VitalsAt[]): VitalsAt[] =>
  vitals.filter(
    ({ connection, value, problem, pending }) =>
      connection.can.readVitals && (pending || problem !== undefined || value?.copyBecause !== undefined),
  )

/** Returns the organizations whose access ended without the person signing out; what they hold by now is unknown. */
export const endedOf = (leftOut: readonly Connection[]): VitalsAt[] =>
  leftOut
    .filter(({ endedBy }) => endedBy)
    .map((connection) => ({ connection, patient: '', pending: false, retry: () => undefined }))

/** Returns those that could hold readings of a kind: their copy does, or there is none. */
export const holdersOfKind = (kind: VitalName, missing: readonly VitalsAt[]): VitalsAt[] =>
  missing.filter(({ value }) => !value || (value[kind] ?? []).length > 0)

/** More organizations share a line that opens. */
const MOST_LINES = 2

/** Names the organizations whose access ended, that cannot be reached or that are slow, with the age of what is shown of them. */
export const MissingLines = ({ missing, isLong }: { missing: readonly VitalsAt[]; isLong: boolean }) => {
  const named = missing.filter(({ pending }) => !pending || isLong)
  if (named.length === 0) return null
  const lines = named.map((each) =>
    each.connection.signedIn ? (
      <MissingLine key={each.connection.id} {...each} />
    ) : (
      <EndedLine key={each.connection.id} connection={each.connection} />
    ),
  )
  const ages = named.flatMap(({ value }) => value?.readAt ?? [])
  return (
    <div class="missing small" role="status">
      {named.length <= MOST_LINES ? (
        lines
      ) : (
        <details>
          <summary>
            {t('organizations_missing', named.length)} {ages.length > 0 && asOf(Math.min(...ages))}
          </summary>
          {lines}
        </details>
      )}
    </div>
  )
}

/** If the sign-in fails, the newest notice says so. */
const EndedLine = ({ connection }: { connection: Connection }) => {
  const { providerId } = connection
  const signIn = useAction(() => ask('sign-in', { providerId, purpose: 'record' }))
  return (
    <Line connection={connection} state="empty" again={['sign_in_again', signIn.run, signIn.isRunning]}>
      {endOf(connection)}
    </Line>
  )
}

const MissingLine = ({ connection, value, problem = value?.copyBecause, pending, retry }: VitalsAt) => (
  <Line connection={connection} state={pending ? 'half' : 'empty'} again={!pending && ['try_again', retry]}>
    {pending || !problem
      ? t('slow', connection.providerName)
      : problem.code === 'unreachable'
        ? t('out_of_reach', connection.providerName)
        : sentence(problem, connection.providerName)}{' '}
    {value && asOf(value.readAt)}
  </Line>
)

interface LineProps {
  connection: Connection
  state: MarkState
  /** The button: its word, what it does, and whether that is under way. */
  again: [word: Word, run: () => void, busy?: boolean] | false
  children: ComponentChildren
}

const Line = ({ connection: { hue, providerName }, state, again, children }: LineProps) => (
  <p>
    <SourceDot hue={hue} state={state} />
    <span>{children}</span>
    {again && (
      <Button look="plain" onClick={again[1]} busy={again[2]} aria-label={`${t(again[0])}: ${providerName}`}>
        {t(again[0])}
      </Button>
    )}
  </p>
)

const asOf = (at: number): string => `${t('as_of', lately(at))}.`
