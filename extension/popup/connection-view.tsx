import type { ComponentChildren } from 'preact'
import { shownIdentifiers } from '../messages/patients.ts'
import type { Connection, PopupPlace, State } from '../messages/state.ts'
import { connectionsOf, identifierWords, personOf } from '../record/person.ts'
import { VitalSigns } from '../record/vitals/vital-signs.tsx'
import { useLater } from '../ui/controls/skeleton.tsx'
import { useSectionInView } from '../ui/state/use-section-in-view.ts'
import { life } from '../ui/words/dates.ts'
import { withHost } from '../ui/words/source-mark.tsx'
import { genderWords, t, type Word } from '../ui/words/words.ts'
import { ConnectionFooter } from './connection-footer.tsx'
import { AdministratorCard, RecordSection, SummaryLink, WhoRead } from './connection-sections.tsx'
import { ConnectionChips } from './frame/connection-chips.tsx'
import { Shell } from './frame/shell.tsx'
import { NewAccesses } from './log/new-accesses.tsx'
import { PatientSearch } from './search/patient-search.tsx'

interface Props {
  state: State
  connection: Connection
  place: PopupPlace
  go: (place: PopupPlace) => void
  notices: ComponentChildren
  /** The alarms about access logs; `here` are the connections whose log is on the page. */
  alarmsAt: (here: Connection[]) => ComponentChildren
  onEnd: (request: 'sign-out' | 'remove-connection', connection: Connection) => void
}

/**
 * A patient's own record at all organizations where they are signed in, or a clinician's patient search at one
 * organization.
 */
export const ConnectionView = ({ state, connection, place, go, notices, alarmsAt, onEnd }: Props) => {
  const currentPlace: PopupPlace =
    place.connectionId === connection.id ? place : { connectionId: connection.id }
  const personConnections = connectionsOf(state.connections, connection)
  const footer = (
    <ConnectionFooter connection={connection} isOnly={personConnections.length === 1} onEnd={onEnd} />
  )
  const lazy = useLater(() => import('./after-first-paint.ts'))

  const { patient, ...search } = currentPlace
  if (patient)
    return (
      <Shell
        title={patient.name}
        subtitle={
          <>
            {[
              patient.gender && genderWords(patient.gender),
              life(patient),
              ...shownIdentifiers(patient).slice(0, 1).map(identifierWords),
            ]
              .filter(Boolean)
              .join(' · ')}
            {lazy && <lazy.AllergyLine key={patient.id} record={{ connection, patient: patient.id }} />}
          </>
        }
        view={patient.id}
        canLock={state.lock !== undefined}
        onBack={() => go(search)}
        footer={footer}
      >
        {alarmsAt([])}
        <VitalSigns key={patient.id} records={[{ connection, patient: patient.id }]} />
        <RecordSection key={`record of ${patient.id}`} records={[{ connection, patient: patient.id }]} />
      </Shell>
    )

  const ownPatient = connection.patient
  const records = personConnections.flatMap((each) =>
    each.patient ? { connection: each, patient: each.patient.id } : [],
  )
  const patientSearch = (
    <PatientSearch
      key={connection.id}
      connection={connection}
      hasHeading={ownPatient !== undefined}
      place={search}
      go={go}
    />
  )
  return (
    <Shell
      title={ownPatient?.name ?? t(connection.can.searchPatients ? 'search_title' : 'carekey')}
      subtitle={
        ownPatient
          ? life(ownPatient, connection.can, connection.providerName)
          : `${connection.person.name} · ${withHost({ name: connection.providerName, host: connection.host })}`
      }
      view={personOf(connection)}
      canLock={state.lock !== undefined}
      sections={ownPatient && <SectionList connections={personConnections} />}
      footer={footer}
    >
      <div class="stack before">
        {alarmsAt(ownPatient ? personConnections : [])}
        {notices}
        <ConnectionChips
          connections={state.connections}
          current={connection}
          onOpen={(connectionId) => go({ connectionId })}
          onAdd={() => go({ ...search, home: true })}
        />
        {ownPatient && lazy && <lazy.SamePersonQuestion state={state} connection={connection} />}
        {connection.person.role === 'administrator' && <AdministratorCard />}
      </div>
      {ownPatient ? (
        <>
          <VitalSigns records={records} />
          <RecordSection records={records} />
          <SummaryLink />
          {lazy && <lazy.SamePersonChoice state={state} connection={connection} />}
          <WhoRead connections={personConnections} />
          <section aria-labelledby="more-title" class="stack">
            <h2 id="more-title">{t('more')}</h2>
            {patientSearch}
          </section>
        </>
      ) : (
        connection.can.searchPatients && patientSearch
      )}
    </Shell>
  )
}

/** Somebody who can read one record only has nobody to search for, so the search is not in this list. */
const SECTIONS: { id: string; word: Word }[] = [
  { id: 'vital-signs', word: 'summary' },
  { id: 'record', word: 'record' },
  { id: 'who-read', word: 'who_read_it' },
]

const SectionList = ({ connections }: { connections: Connection[] }) => {
  const [current, select] = useSectionInView(SECTIONS.map((section) => section.id))
  return (
    <nav class="sections" aria-label={t('sections')}>
      {SECTIONS.map(({ id, word }) => (
        <a
          key={id}
          href={`#${id}`}
          onClick={() => select(id)}
          {...(id === current && { 'aria-current': 'true' as const })}
        >
          {t(word)}
          {id === 'who-read' && <NewAccesses connections={connections} />}
        </a>
      ))}
    </nav>
  )
}
