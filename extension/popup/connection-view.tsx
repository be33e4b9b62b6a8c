import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import { withHost } from '../messages/addresses.ts'
import { shownIdentifiers } from '../messages/patients.ts'
import type { Connection, PopupPlace, State } from '../messages/state.ts'
import { connectionsOf, identifierWords, personOf, signedOutOf } from '../record/person.ts'
import type { RecordAt } from '../record/vitals/use-vitals.ts'
import { VitalSigns } from '../record/vitals/vital-signs.tsx'
import { Button } from '../ui/controls/button.tsx'
import { Skeleton, useLater } from '../ui/controls/skeleton.tsx'
import { useSectionInView } from '../ui/state/use-section-in-view.ts'
import { life } from '../ui/words/dates.ts'
import { personName } from '../ui/words/outside-words.ts'
import { Host, SourceDot } from '../ui/words/source-mark.tsx'
import { count, genderWords, t, type Word } from '../ui/words/words.ts'
import { ConnectionChips } from './frame/connection-chips.tsx'
import { openOptions, Shell } from './frame/shell.tsx'
import { RemoveDialog } from './remove-dialog.tsx'
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
          : `${personName(connection.person.name)} · ${withHost({ name: connection.providerName, host: connection.host })}`
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
          <WhoRead connections={personConnections} signedOut={signedOutOf(state.connections, connection)} />
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

interface FooterProps {
  connection: Connection
  /** The person has no other connection, so the buttons need not name theirs. */
  isOnly: boolean
  onEnd: (request: 'sign-out' | 'remove-connection', connection: Connection) => void
}

const ConnectionFooter = ({ connection, isOnly, onEnd }: FooterProps) => {
  const [isConfirming, setConfirming] = useState(false)
  const nameId = useId()
  const description = isOnly ? {} : { 'aria-describedby': nameId }
  return (
    <>
      {!isOnly && (
        <p id={nameId} class="named quiet small" title={connection.providerName}>
          <SourceDot hue={connection.hue} />{' '}
          <span>
            {connection.providerName} <Host name={connection.providerName} host={connection.host} />
          </span>
        </p>
      )}
      <Button onClick={() => onEnd('sign-out', connection)} {...description}>
        {t('sign_out')}
      </Button>
      <Button look="plain" onClick={() => setConfirming(true)} {...description}>
        {t('remove_connection')}
      </Button>
      {isConfirming && (
        <RemoveDialog
          connection={connection}
          onConfirm={() => onEnd('remove-connection', connection)}
          onClose={() => setConfirming(false)}
        />
      )}
    </>
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
const RecordSection = ({ records }: { records: RecordAt[] }) => {
  const later = useLater(() => import('./after-first-paint.ts'))
  return (
    <section id="record" aria-labelledby="record-title" tabIndex={-1} class="stack">
      <h2 id="record-title">{t('record')}</h2>
      {later ? <later.RecordLists records={records} /> : <Skeleton bars={[222]} />}
    </section>
  )
}

/** Opens the summary in a tab, because a popup may close before a file is ready. */
const SummaryLink = () => (
  <section>
    <Button
      look="plain"
      onClick={() => browser.tabs.create({ url: browser.runtime.getURL('extension/summary/index.html') })}
    >
      {t('summary_open')}
    </Button>
  </section>
)

/** Who read one person's record. */
const WhoRead = (props: { connections: Connection[]; signedOut: Connection[] }) => {
  const later = useLater(() => import('./after-first-paint.ts'))
  return (
    <section id="who-read" aria-labelledby="who-read-title" tabIndex={-1} class="stack">
      <h2 id="who-read-title">{t('who_read_my_record')}</h2>
      {later ? <later.AccessList {...props} /> : <Skeleton bars={[48, 48, 48]} />}
    </section>
  )
}

const AdministratorCard = () => (
  <div class="card stack">
    <p>{t('administrator_can')}</p>
    <div class="row">
      <Button look="primary" onClick={() => openOptions('applications')}>
        {t('applications')}
      </Button>
      <Button onClick={() => openOptions('access-log')}>{t('access_log')}</Button>
    </div>
  </div>
)
