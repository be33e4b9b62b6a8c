import { ask } from '../../messages/ask.ts'
import type { Connection } from '../../messages/state.ts'
import type { VitalName } from '../../messages/vitals.ts'
import { Button } from '../../ui/controls/button.tsx'
import { endOf } from '../../ui/provider/connection-words.ts'
import { useAction } from '../../ui/state/use-action.ts'
import { sentence } from '../../ui/words/problem.ts'
import { SourceDot } from '../../ui/words/source-mark.tsx'
import { lately } from '../../ui/words/when.tsx'
import { t } from '../../ui/words/words.ts'
import type { VitalsAt } from './use-vitals.ts'

/** Returns the organizations whose current readings could be here and are not, or not yet. */
export const missingOf = (vitals: readonly VitalsAt[]): VitalsAt[] =>
  vitals.filter(
    ({ connection, value, problem, pending }) =>
      connection.can.readVitals && (pending || problem !== undefined || value?.copyBecause !== undefined),
  )

/** Returns those whose access ended by itself, about which nothing more is known. */
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
  const { hue, providerId, providerName } = connection
  const signIn = useAction(() => ask('sign-in', { providerId, purpose: 'record' }))
  return (
    <p>
      <SourceDot hue={hue} state="empty" />
      <span>{endOf(connection)}</span>
      <Button
        look="plain"
        busy={signIn.isRunning}
        onClick={signIn.run}
        aria-label={`${t('sign_in_again')}: ${providerName}`}
      >
        {t('sign_in_again')}
      </Button>
    </p>
  )
}

const MissingLine = ({
  connection: { hue, providerName },
  value,
  problem = value?.copyBecause,
  pending,
  retry,
}: VitalsAt) => (
  <p>
    <SourceDot hue={hue} state={pending ? 'half' : 'empty'} />
    <span>
      {pending || !problem
        ? t('slow', providerName)
        : problem.code === 'unreachable'
          ? t('out_of_reach', providerName)
          : sentence(problem, providerName)}{' '}
      {value && asOf(value.readAt)}
    </span>
    {!pending && (
      <Button look="plain" onClick={retry} aria-label={`${t('try_again')}: ${providerName}`}>
        {t('try_again')}
      </Button>
    )}
  </p>
)

const asOf = (at: number): string => `${t('as_of', lately(at))}.`
