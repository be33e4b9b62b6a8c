import { useState } from 'preact/hooks'
import type { AccessEntry, LogProof } from '../../messages/log-entries.ts'
import { Button } from '../../ui/controls/button.tsx'
import { exactly } from '../../ui/words/dates.ts'
import { personName } from '../../ui/words/outside-words.ts'
import { count, t } from '../../ui/words/words.ts'
import {
  accessEnd,
  accessKind,
  accessRequest,
  accessThrough,
  accessWhat,
  accessWho,
  dataRead,
  entryKeyOf,
  erasureOf,
  isAhead,
  readableQuery,
} from '../../who-read/access-words.ts'
import { foldAccesses } from '../../who-read/fold-accesses.ts'

interface TableProps {
  /** The newest first. */
  entries: AccessEntry[]
  proofs: readonly (LogProof | undefined)[]
  organization: string
}

/** The entries as a table. What an application does by itself during one visit is one line, which opens to its entries. */
export const LogTable = ({ entries, proofs, organization }: TableProps) => {
  const now = Date.now()
  const names = new Map(
    entries.flatMap(({ patient, patientName }) => (patient && patientName ? [[patient, patientName]] : [])),
  )
  const rows = entries.map((entry) => ({
    entry,
    at: Date.parse(entry.recorded) || 0,
    isDatedAhead: isAhead(entry, now),
  }))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="scroller" aria-label={t('access_log_table', organization)} tabIndex={0}>
      <table class="log">
        <caption class="unseen">{t('access_log_table', organization)}</caption>
        <thead>
          <tr>
            <th scope="col">{t('when')}</th>
            <th scope="col">{t('who')}</th>
            <th scope="col">{t('what')}</th>
            <th scope="col">{t('outcome')}</th>
          </tr>
        </thead>
        <tbody>
          {foldAccesses(rows).map((line) => (
            <Line
              key={entryKeyOf(line[0].entry)}
              entries={line.map(({ entry }) => entry)}
              names={names}
              proofs={proofs}
            />
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** The names of patients, by id, as far as the entries give them: the log names nobody but those who acted. */
type Names = ReadonlyMap<string, string>

interface LineProps {
  entries: AccessEntry[]
  names: Names
  proofs: TableProps['proofs']
}

const Line = ({ entries, names, proofs }: LineProps) => {
  const [isOpen, setOpen] = useState(false)
  const [newest, ...others] = entries
  if (!newest) return null
  if (others.length === 0) return <Entry entry={newest} names={names} proofs={proofs} />
  const patient = entries.find((entry) => entry.patient !== undefined)?.patient
  // A token of the same visit names no patient: what it gave must not look as if it were about this one.
  const named = entries.filter((entry) => entry.patient === patient)
  return (
    <>
      <tr>
        <When entry={newest} />
        <Who entry={newest} proofs={proofs} />
        <td class="what">
          {dataRead(named)}
          <div class="small">
            <Button look="plain" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {count('log_entries', entries.length)}
            </Button>
          </div>
          <About patient={patient} names={names} />
        </td>
        <td class={newest.outcome}>{t(`outcome_${newest.outcome}`)}</td>
      </tr>
      {isOpen &&
        entries.map((entry) => (
          <Entry key={entryKeyOf(entry)} entry={entry} names={names} proofs={proofs} isInLine />
        ))}
    </>
  )
}

interface CellProps {
  entry: AccessEntry
  proofs: TableProps['proofs']
}

const Entry = ({
  entry,
  names,
  proofs,
  isInLine = false,
}: CellProps & { names: Names; isInLine?: boolean }) => {
  const words = accessWhat(entry)
  const request = accessRequest(entry)
  return (
    <tr {...(isInLine && { class: 'in-line' })}>
      <When entry={entry} />
      <Who entry={entry} proofs={proofs} />
      <td class="what">
        {[accessKind(entry), words === request ? undefined : words].filter(Boolean).join(' · ')}
        {request && (
          <details class="small">
            <summary>{t('log_request')}</summary>
            <code title={request}>{readableQuery(request)}</code>
          </details>
        )}
        <About patient={entry.patient} names={names} />
      </td>
      <td class={accessEnd(entry)}>{t(`outcome_${accessEnd(entry)}`)}</td>
    </tr>
  )
}

const About = ({ patient, names }: { patient: string | undefined; names: Names }) => {
  if (!patient) return null
  const name = names.get(patient)
  return (
    <div class="quiet small">{t('about_patient', name ? `${personName(name)} (${patient})` : patient)}</div>
  )
}

const When = ({ entry }: { entry: AccessEntry }) => (
  <th scope="row">
    <time dateTime={entry.recorded}>{exactly(entry.recorded)}</time>
    {isAhead(entry, Date.now()) && <div class="note caution">{t('date_ahead')}</div>}
  </th>
)

const Who = ({ entry, proofs }: CellProps) => {
  const through = accessThrough(entry)
  return (
    <td>
      {accessWho(entry, erasureOf(entry, proofs))}
      {through && <div class="quiet small">{through}</div>}
    </td>
  )
}
