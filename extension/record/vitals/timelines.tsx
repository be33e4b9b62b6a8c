import { useMemo } from 'preact/hooks'
import type { Connection } from '../../messages/state.ts'
import { allReadings, type VitalName, vitalNames } from '../../messages/vitals.ts'
import { useLater } from '../../ui/controls/skeleton.tsx'
import { age } from '../../ui/words/dates.ts'
import { remarkWords } from '../../ui/words/outside-words.ts'
import { sentence } from '../../ui/words/problem.ts'
import { t } from '../../ui/words/words.ts'
import { endedOf, holdersOfKind, MissingLines, missingOf } from './missing-lines.tsx'
import { Outlines } from './outlines.tsx'
import { timelineOf } from './timeline.ts'
import type { VitalsAt } from './use-vitals.ts'
import type { VitalDetail } from './vital-detail.tsx'
import { VitalRow } from './vital-row.tsx'
import { VitalsAbsence } from './vitals-absence.tsx'

/** The kinds whose absence is worth saying. */
const alwaysShown: ReadonlySet<VitalName> = new Set(['bloodPressure', 'weight'])

export interface TimelinesProps {
  vitals: VitalsAt[]
  /** The person's connections that are not among them. */
  leftOut: readonly Connection[]
  /** Answers have been awaited for long. */
  isLong: boolean
  /** The kind whose detail is shown in place of the rows. */
  kind: VitalName | undefined
  onOpen: (kind: VitalName) => void
}

/** The newest value of each kind, or all of one kind, with what is missing. */
export const Timelines = ({ vitals, leftOut, kind: opened, isLong, onOpen }: TimelinesProps) => {
  const values = vitals.flatMap(({ value }) => value ?? [])
  const times = values.map(({ readAt }) => readAt).join()
  const ids = vitals.map(({ connection }) => connection.id).join()
  const timelines = useMemo(
    () =>
      vitalNames.map((kind) => ({ kind, points: timelineOf(values.flatMap((value) => value[kind] ?? [])) })),
    [times, ids],
  )
  const missing = [...endedOf(leftOut), ...missingOf(vitals)]
  // Of an organization that was not asked, nothing is absent.
  const answers = leftOut.length > 0 ? [...vitals, { pending: false }] : vitals
  const shown = opened && timelines.find(({ kind }) => kind === opened)
  if (shown)
    return (
      <>
        <MissingLines missing={missing} isLong={isLong} />
        <Detail
          {...shown}
          {...{ vitals, answers }}
          isWhole={holdersOfKind(shown.kind, missing).length === 0}
        />
      </>
    )
  const isEmpty = timelines.every(({ points }) => points.length === 0)
  const isWaiting = vitals.some(({ value, pending }) => pending && !value)
  return (
    <>
      <MissingLines missing={missing} isLong={isLong} />
      {isEmpty && isWaiting && <Outlines />}
      {!isEmpty &&
        timelines
          .filter(({ kind, points }) => points.length > 0 || alwaysShown.has(kind))
          .map((timeline) => (
            <VitalRow key={timeline.kind} {...timeline} {...{ answers, missing, isLong, onOpen }} />
          ))}
      {vitals
        .filter((each) => each.value?.copyBecause === undefined && each.problem === undefined)
        .map((each) => (
          <VitalsAbsence key={each.connection.id} {...each} />
        ))}
      <Remarks vitals={vitals} />
    </>
  )
}

type DetailProps = Omit<Parameters<typeof VitalDetail>[0], 'adults'> & { vitals: VitalsAt[] }

/** Loads the charts when a kind is opened. */
const Detail = ({ vitals, ...props }: DetailProps) => {
  const bornOn = vitals.map(
    ({ connection, value }) =>
      `${connection.id} ${connection.patient?.birthDate} ${value?.patient.birthDate}`,
  )
  const adults = useMemo(() => adultsOf(vitals), [bornOn.join()])
  const later = useLater(() => import('./vital-detail.tsx'))
  return later ? <later.VitalDetail {...props} adults={adults} /> : null
}

/** What organizations say about their readings, and which of them have more. */
const Remarks = ({ vitals }: { vitals: VitalsAt[] }) => (
  <>
    {vitals.map(({ connection: { id, providerName }, value }) => {
      const isCut = value?.cut && allReadings(value).length > 0
      const lines = [
        value?.remark !== undefined && remarkWords(providerName, value.remark),
        isCut &&
          [t('vitals_cut', providerName), value.warning && sentence(value.warning, providerName)]
            .filter(Boolean)
            .join(' '),
      ]
      return lines.map(
        (line, index) =>
          line && (
            <p key={`${id} ${index}`} class="quiet small remark">
              {line}
            </p>
          ),
      )
    })}
  </>
)

/**
 * Returns the ids of the connections whose own patient is an adult. The session says so, if it has a patient: not a copy, which may be
 * older than a correction, and never another organization.
 */
export const adultsOf = (
  vitals: readonly Pick<VitalsAt, 'connection' | 'patient' | 'value'>[],
): ReadonlySet<string> =>
  new Set(
    vitals.flatMap(({ connection, patient, value }) => {
      const { birthDate = '' } =
        (connection.patient?.id === patient ? connection.patient : value?.patient) ?? {}
      return (age(birthDate) ?? 0) >= 18 ? [connection.id] : []
    }),
  )
