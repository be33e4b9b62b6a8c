import type { ComponentChildren } from 'preact'
import { type Patient, shownIdentifiers } from '../messages/patients.ts'
import type { Connection, PopupPlace, State } from '../messages/state.ts'
import type { VitalName } from '../messages/vitals.ts'
import { connectionsOf, identifierWords, leftOutOf, personOf } from '../record/person.ts'
import type { RecordAt } from '../record/vitals/use-vitals.ts'
import { vitalKinds } from '../record/vitals/vital-kinds.ts'
import { VitalSigns } from '../record/vitals/vital-signs.tsx'
import { Skeleton, useLater } from '../ui/controls/skeleton.tsx'
import { useSectionInView } from '../ui/state/use-section-in-view.ts'
import { birth, day, life, lived } from '../ui/words/dates.ts'
import { personName } from '../ui/words/outside-words.ts'
import { Host } from '../ui/words/source-mark.tsx'
import { count, genderWords, t, type Word } from '../ui/words/words.ts'
import { Shell } from './frame/shell.tsx'
import { PatientSearch } from './search/patient-search.tsx'

interface Props {
  state: State
  connection: Connection
  place: PopupPlace
  go: (place: PopupPlace) => void
  notices: ComponentChildren
  /** The alarms about access logs; `here` are the connections whose log is on the page. */
  alarmsAt: (here: Connection[]) => ComponentChildren
  organizations: ComponentChildren
}

const laterCode = () => import('./after-first-paint.ts')

/**
 * A patient's own record at all organizations where they are signed in, or a clinician's patient search at one
 * organization.
 */
export const ConnectionView = ({ state, connection, place, go, notices, alarmsAt, organizations }: Props) => {
  const currentPlace: PopupPlace =
    place.connectionId === connection.id ? place : { connectionId: connection.id }
  const personConnections = connectionsOf(state.connections, connection)
  const leftOut = leftOutOf(state.connections, connection)
  const isPart = leftOut.length > 0
  const frame = { organizations, canLock: state.lock !== undefined }
  const lazy = useLater(laterCode)

  const { patient, kind, ...search } = currentPlace
  const openKind = (kind: VitalName) => go({ ...currentPlace, kind })
  const { kind: _closed, ...withoutKind } = currentPlace
  const kindView = kind && {
    title: t(vitalKinds[kind].word),
    subtitle: undefined,
    onBack: () => go(withoutKind),
  }
  if (patient)
    return (
      <Shell
        title={patient.name}
        subtitle={[
          patient.gender && genderWords(patient.gender),
          life(patient),
          ...shownIdentifiers(patient).slice(0, 1).map(identifierWords),
        ]
          .filter(Boolean)
          .join(' · ')}
        view={`${patient.id} ${kind}`}
        onBack={() => go(search)}
        {...frame}
        {...kindView}
      >
        {alarmsAt([])}
        {lazy ? (
          <lazy.FirstCard
            key={`card of ${patient.id}`}
            record={{ connection, patient: patient.id }}
            hidden={kind !== undefined}
          />
        ) : (
          <Skeleton bars={[40, 40, 40]} />
        )}
        <VitalSigns
          key={patient.id}
          records={[{ connection, patient: patient.id }]}
          leftOut={[]}
          units={state.units}
          kind={kind}
          onOpen={openKind}
          load={laterCode}
        />
        <div hidden={kind !== undefined}>
          <RecordSection
            key={`record of ${patient.id}`}
            records={[{ connection, patient: patient.id }]}
            isPart={false}
          />
        </div>
      </Shell>
    )

  const ownPatient = connection.patient
  const records = personConnections.flatMap((each) =>
    each.patient ? { connection: each, patient: each.patient.id } : [],
  )
  return (
    <Shell
      title={ownPatient?.name ?? connection.providerName}
      subtitle={
        ownPatient ? (
          <Age patient={ownPatient} connection={connection} />
        ) : (
          <>
            {personName(connection.person.name)}{' '}
            <Host name={connection.providerName} host={connection.host} />
          </>
        )
      }
      view={`${personOf(connection)} ${kind}`}
      canPrint={ownPatient !== undefined}
      sections={ownPatient && !kind && <SectionList connections={personConnections} />}
      {...frame}
      {...kindView}
    >
      <div class="stack before">
        {alarmsAt(ownPatient ? personConnections : [])}
        {notices}
        {ownPatient && lazy && (
          <lazy.LeftOut
            connections={leftOut.filter(({ signedIn }) => signedIn)}
            onOpen={({ id }) => go({ connectionId: id })}
          />
        )}
        {ownPatient && !kind && lazy && <lazy.SamePersonQuestion state={state} connection={connection} />}
        {connection.person.role === 'administrator' && lazy && <lazy.AdministratorCard />}
      </div>
      {ownPatient ? (
        <>
          <VitalSigns
            {...{ records, leftOut, kind }}
            units={state.units}
            onOpen={openKind}
            load={laterCode}
          />
          {/* Hidden, not taken away: each list would be read again. */}
          <div class="rest" hidden={kind !== undefined}>
            {lazy && <lazy.Digest records={records} leftOut={leftOut} />}
            {lazy && state.offersLock && <lazy.LockOffer />}
            <RecordSection records={records} isPart={isPart} />
            {lazy && <lazy.SamePersonChoice state={state} connection={connection} />}
            <WhoRead connections={personConnections} leftOut={leftOut} />
          </div>
        </>
      ) : (
        <PatientSearch key={connection.id} connection={connection} place={search} go={go} />
      )}
    </Shell>
  )
}

/** `54 years · 4 Mar 1972`; a narrow page leaves the date out. */
const Age = ({ patient, connection }: { patient: Patient; connection: Connection }) => {
  const years = lived(patient)
  const { birthDate } = patient
  return (
    <>
      {/* Its organization says so, where the page joins records of several. */}
      {patient.deceased !== undefined && `${connection.providerName}: `}
      {years}
      <span class={years && 'wide'}>
        {years && ' · '}
        {birthDate === undefined ? (
          birth(patient, connection.can)
        ) : (
          <>
            <span class="unseen">{t('born', '')}</span>
            {day(birthDate)}
          </>
        )}
      </span>
    </>
  )
}

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

/** The highest count that fits beside the other sections, in both languages. */
const WIDEST = 9

/** The number of accesses by others, and of erasures, since the list was last on screen; renders nothing for zero. */
const NewAccesses = ({ connections }: { connections: Connection[] }) => {
  const newAccesses = connections.flatMap(({ newAccesses }) => newAccesses ?? [])
  const sum = newAccesses.reduce((all, each) => all + each.count + (each.erasures ?? 0), 0)
  if (sum === 0) return null
  const more = newAccesses.some((each) => each.more) ? '+' : ''
  const words = `${count('who_read_new', sum)}${more}`
  return (
    <>
      {' '}
      <span class="count" aria-hidden="true" title={words}>
        {sum > WIDEST ? `${WIDEST}+` : `${sum}${more}`}
      </span>
      <span class="unseen">{words}</span>
    </>
  )
}

/** The lists of one person's record at all organizations. */
const RecordSection = (props: { records: RecordAt[]; isPart: boolean }) => {
  const later = useLater(laterCode)
  return (
    <section id="record" aria-labelledby="record-title" tabIndex={-1} class="stack">
      <h2 id="record-title">{t('record')}</h2>
      {later ? <later.RecordLists {...props} /> : <Skeleton bars={[222]} />}
    </section>
  )
}

/** Who read one person's record. */
const WhoRead = (props: { connections: Connection[]; leftOut: Connection[] }) => {
  const later = useLater(laterCode)
  return (
    <section id="who-read" aria-labelledby="who-read-title" tabIndex={-1} class="stack">
      <h2 id="who-read-title">{t('who_read_my_record')}</h2>
      {later ? <later.AccessList {...props} /> : <Skeleton bars={[48, 48, 48]} />}
    </section>
  )
}
