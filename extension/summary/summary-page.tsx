import { useState } from 'preact/hooks'
import type { Connection, State } from '../messages/state.ts'
import { LeftOut } from '../record/absence.tsx'
import { connectionsOf, personOf } from '../record/person.ts'
import { UnitsChoice } from '../record/vitals/units.ts'
import { useVitals } from '../record/vitals/use-vitals.ts'
import { Button } from '../ui/controls/button.tsx'
import { Select } from '../ui/controls/field.tsx'
import '../ui/controls/keep-press.ts'
import { mount } from '../ui/controls/mount.ts'
import { Notice, ProblemNotice } from '../ui/controls/notice.tsx'
import { Skeleton } from '../ui/controls/skeleton.tsx'
import { Locked } from '../ui/lock/locked.tsx'
import { useWorkerState } from '../ui/state/use-worker-state.ts'
import { birth, day } from '../ui/words/dates.ts'
import { personName } from '../ui/words/outside-words.ts'
import { t } from '../ui/words/words.ts'
import { OrganizationSummary } from './organization-summary.tsx'
import { PrintOrExport } from './print-or-export.tsx'
import { useShownPerson } from './shown-person.ts'
import { type AwayPart, useAway } from './use-away.ts'

/** One person's record at all organizations, on paper or as files. */
const SummaryPage = () => {
  const { state, problem } = useWorkerState()
  if (!state)
    return (
      <main class="stack">
        <h1>{t('summary_title')}</h1>
        {problem ? <ProblemNotice problem={problem} /> : <Skeleton bars={[40, 120]} />}
      </main>
    )
  if (state.lock?.locked)
    return <Locked lock={state.lock} load={() => import('../ui/lock/lock-screen.tsx')} />
  return <Shown state={state} />
}

const Shown = ({ state }: { state: State }) => {
  const { people, connections, leftOut, ended, choose } = useShownPerson(state)
  const [first] = connections
  if (!first)
    return (
      <main>
        <h1>{t('summary_title')}</h1>
        {ended ? (
          <Notice kind="refused">{endedWords(state, ended)}</Notice>
        ) : (
          <Notice kind="empty">{t('summary_nobody')}</Notice>
        )}
      </main>
    )
  const person = personOf(first)
  return (
    <main class="stack">
      {people.length > 1 && (
        <div class="on-screen">
          <Select
            label={t('summary_person')}
            value={people.find((each) => personOf(each) === person)?.id ?? first.id}
            choices={people.map((each) => ({ value: each.id, label: labelOf(state, each) }))}
            onValue={choose}
          />
        </div>
      )}
      <UnitsChoice.Provider value={state.units}>
        <Person key={person} connections={connections} leftOut={leftOut} />
      </UnitsChoice.Provider>
    </main>
  )
}

/** Without a name once the connection is removed, because nothing of it stays. */
const endedWords = ({ connections }: State, ended: string[]): string => {
  const connection = connections.find(({ id }) => ended.includes(id))
  return connection?.person.name
    ? t('summary_ended', personName(connection.person.name))
    : t('summary_removed')
}

/** Returns `John Doe · Riverside Clinic, Pulse Devices`, because two people may have the same name. */
const labelOf = ({ connections }: State, one: Connection): string => {
  const organizations = connectionsOf(connections, one).map(({ providerName }) => providerName)
  return [one.patient && personName(one.patient.name), organizations.join(', ')].filter(Boolean).join(' · ')
}

const Person = ({ connections, leftOut }: { connections: Connection[]; leftOut: Connection[] }) => {
  const vitals = useVitals(
    connections.flatMap((connection) =>
      connection.patient ? [{ connection, patient: connection.patient.id }] : [],
    ),
  )
  const away = useAway(vitals)
  const [personal, showPersonal] = useState(false)
  const [first] = connections
  if (!first?.patient) return null
  const hasPersonal = connections.some(({ patient }) => patient?.identifiers.some((each) => each.personal))
  // Only what all organizations of the person agree on; the rest stands in each one's own part.
  return (
    <>
      <header>
        <h1>{first.patient.name}</h1>
        <p class="quiet">{birth(first.patient, first.can)}</p>
        <p class="quiet small">{t('summary_made', day(Date.now()))}</p>
      </header>
      <AwayNotices away={away} />
      <LeftOut connections={leftOut} />
      <PrintOrExport connections={connections} leftOut={leftOut} vitals={vitals} />
      {hasPersonal && (
        <label class="on-screen check">
          <input
            type="checkbox"
            checked={personal}
            onChange={(event) => showPersonal(event.currentTarget.checked)}
          />
          {t('summary_personal')}
        </label>
      )}
      {vitals.map((each) => {
        const awayPart = away.find(({ connection }) => connection.id === each.connection.id)
        // Its name is at the top, and would be a bare heading here.
        if (awayPart && !awayPart.hasCopy) return null
        return (
          <OrganizationSummary
            key={each.connection.id}
            vitals={each}
            personal={personal}
            isAway={awayPart !== undefined}
          />
        )
      })}
    </>
  )
}

/** Names each organization that gives nothing now, on paper too. */
const AwayNotices = ({ away }: { away: AwayPart[] }) =>
  away.map(({ connection, problem, retry }) => (
    <ProblemNotice
      key={connection.id}
      problem={problem}
      organization={connection.providerName}
      actions={<Button onClick={retry}>{t('try_again')}</Button>}
    />
  ))

mount(<SummaryPage />, 'summary', 'summary_title')
