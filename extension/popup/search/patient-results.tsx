import { useEffect, useRef } from 'preact/hooks'
import { readableName } from '../../../values/readable-name.ts'
import { ask } from '../../messages/ask.ts'
import {
  extentOf,
  type Patient,
  type PatientPage,
  type PatientQuery,
  shownIdentifiers,
} from '../../messages/patients.ts'
import type { Connection } from '../../messages/state.ts'
import { Omitted } from '../../record/absence.tsx'
import { Button } from '../../ui/controls/button.tsx'
import { ProblemNotice } from '../../ui/controls/notice.tsx'
import { Skeleton, useLater } from '../../ui/controls/skeleton.tsx'
import { type Pages, usePages } from '../../ui/state/use-pages.ts'
import { clock, life } from '../../ui/words/dates.ts'
import { count, genderWords, t } from '../../ui/words/words.ts'

interface Props {
  connection: Connection
  query: PatientQuery
  /** The person has just searched: scrolls the results into view, because the form may be at the end of a long page. */
  isNewSearch: boolean
  onOpen: (patient: Patient) => void
  onSearch: (query: PatientQuery) => void
  onAsking: (isAsking: boolean) => void
}

export const PatientResults = ({
  connection,
  query: asked,
  isNewSearch,
  onOpen,
  onSearch,
  onAsking,
}: Props) => {
  const connectionId = connection.id
  const [{ problem, pending, loadMore, retry, ...answer }] = usePages<PatientPage>([
    {
      key: JSON.stringify([connectionId, asked]),
      load: (last, again) =>
        last?.next
          ? ask('more-patients', { connectionId, next: last.next })
          : ask('search-patients', { connectionId, query: asked, reopened: !isNewSearch && !again }),
    },
  ]) as [Pages<PatientPage>]
  // While the next search is under way, what the last one found stays, so that nothing jumps as somebody types.
  const before = useRef({ query: asked, pages: answer.pages })
  const isWaiting = pending && answer.pages.length === 0
  if (!isWaiting) before.current = { query: asked, pages: answer.pages }
  const { query, pages } = before.current
  useEffect(() => {
    onAsking(pending)
    return () => onAsking(false)
  }, [pending])
  const later = useLater(() => import('../after-first-paint.ts'))
  const patients = pages.flatMap((page) => page.patients)
  const readAt = pages[0]?.readAt
  const { omitted = 0 } = extentOf(pages)
  const total = pages.findLast((page) => page.total !== undefined)?.total
  const hasMore = pages.at(-1)?.next !== undefined
  const results = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (isNewSearch) results.current?.scrollIntoView({ block: 'nearest' })
  }, [isNewSearch, pending])
  return (
    <div ref={results} class="results">
      <p class="quiet small" role="status">
        {patients.length > 0 && (
          <>
            {/* The organization does not have to count the patients on later pages. */}
            {total === undefined && hasMore
              ? t('found_first', String(patients.length))
              : count('found', total ?? patients.length)}
            {/* Shows how the box was understood, and what was asked if more has been typed since. */}
            {later && ` · ${later.queryWords(query)}`}
            {readAt !== undefined && ` · ${t('found_at', clock(readAt))}`}
          </>
        )}
      </p>
      {patients.length > 0 && <FoundPatients label={t('found_list')} patients={patients} onOpen={onOpen} />}
      {omitted > 0 && <Omitted organization={connection.providerName} number={omitted} />}
      {later && (
        <later.SearchEnd {...{ query, pages, problem, pending }} organization={connection.providerName} />
      )}
      {pages.length > 0 && later && <later.OtherDate query={query} onSearch={onSearch} />}
      {pending && <Skeleton bars={pages.length > 0 ? [44] : [44, 44]} />}
      {problem && !pending && (
        <ProblemNotice problem={problem} organization={connection.providerName} onRetry={retry} />
      )}
      {hasMore && !problem && !isWaiting && (
        <Button look="plain" busy={pending} onClick={loadMore}>
          {t('show_more')}
        </Button>
      )}
    </div>
  )
}

/** Patients to open, each with enough facts to tell namesakes apart. */
export const FoundPatients = ({
  label,
  patients,
  onOpen,
}: Pick<Props, 'onOpen'> & { label: string; patients: Patient[] }) => (
  <ul aria-label={label} onKeyDown={moveInList}>
    {patients.map((patient) => (
      <li key={patient.id}>
        <button type="button" class="found" onClick={() => onOpen(patient)}>
          <PatientSummary patient={patient} />
        </button>
      </li>
    ))}
  </ul>
)

/** Moves focus from patient to patient with the arrow keys, Home and End; Tab continues from there. */
const moveInList = (event: KeyboardEvent & { currentTarget: HTMLUListElement }): void => {
  const all = [...event.currentTarget.querySelectorAll('button')]
  const at = all.indexOf(document.activeElement as HTMLButtonElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
  if (to === undefined) return
  event.preventDefault()
  all[Math.max(0, Math.min(to, all.length - 1))]?.focus()
}

const PatientSummary = ({ patient }: { patient: Patient }) => {
  // A page of patients is drawn at once, so each part of a row is as short as a name.
  const facts = [patient.gender && readableName(genderWords(patient.gender)), life(patient)]
  const [identifier] = shownIdentifiers(patient)
  return (
    <>
      <span>
        <strong>{patient.name}</strong>
        <span class="quiet small">{facts.filter(Boolean).join(' · ')}</span>
      </span>
      <span class="quiet small">
        {identifier && (
          <span>
            {readableName(identifier.label)} {readableName(identifier.value)}
          </span>
        )}
        {patient.place && <span>{readableName(patient.place)}</span>}
      </span>
    </>
  )
}
