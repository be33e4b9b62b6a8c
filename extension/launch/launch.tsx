import { useEffect, useRef, useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import { withHost } from '../messages/addresses.ts'
import { ask } from '../messages/ask.ts'
import type { Problem } from '../messages/errors.ts'
import { type Patient, shownIdentifiers } from '../messages/patients.ts'
import type { LaunchedConnection } from '../messages/state.ts'
import type { Units, VitalName } from '../messages/vitals.ts'
import { AllergyLine } from '../record/lists/allergy-line.tsx'
import { RecordLists } from '../record/lists/record-lists.tsx'
import { identifierWords } from '../record/person.ts'
import { Timelines } from '../record/vitals/timelines.tsx'
import type { RecordAt } from '../record/vitals/use-vitals.ts'
import { vitalKinds } from '../record/vitals/vital-kinds.ts'
import { VitalSigns } from '../record/vitals/vital-signs.tsx'
import { Button } from '../ui/controls/button.tsx'
import { ArrowBack, KeyMark } from '../ui/controls/icons.tsx'
import '../ui/controls/keep-press.ts'
import { mount } from '../ui/controls/mount.ts'
import { Notice, ProblemNotice } from '../ui/controls/notice.tsx'
import { Locked } from '../ui/lock/locked.tsx'
import { useAction } from '../ui/state/use-action.ts'
import { useWorkerState } from '../ui/state/use-worker-state.ts'
import { exactly, life } from '../ui/words/dates.ts'
import { personName } from '../ui/words/outside-words.ts'
import { problemOf } from '../ui/words/problem.ts'
import { genderWords, t } from '../ui/words/words.ts'
import { keepVisit, type LaunchOpening, type LaunchRequest } from './take-launch.ts'

/** The patient and visit that a record system has open. Ignores `smart_style_url`: no organization styles an extension page. */
const Launch = ({ given: opening }: { given: LaunchOpening }) => {
  const { state } = useWorkerState('by-anybody')
  const [connectionId, setConnectionId] = useState(
    opening && 'connectionId' in opening ? opening.connectionId : undefined,
  )
  const visit = state?.launched.find(({ id }) => id === connectionId)
  // A visit that has just begun is not in the state yet; one that disappears from the state is over.
  const wasOpen = useRef(connectionId !== undefined)
  if (state?.lock?.locked)
    return <Locked lock={state.lock} load={() => import('../ui/lock/lock-screen.tsx')} />
  if (state && visit) {
    wasOpen.current = true
    return <OpenVisit visit={visit} units={state.units} />
  }
  const begin = (id: string) => {
    keepVisit(id, history)
    setConnectionId(id)
  }
  return (
    <>
      <header class="top">
        <KeyMark />
        <h1>{t('launch_title')}</h1>
      </header>
      <main>
        {!opening ? (
          <Notice kind="empty">{t('launch_none')}</Notice>
        ) : wasOpen.current && state ? (
          <Notice kind="refused">{t('launch_over')}</Notice>
        ) : state && 'iss' in opening && connectionId === undefined ? (
          <ConfirmLaunch given={opening} onOpen={begin} />
        ) : (
          <Notice kind="waiting">{t('launch_opening')}</Notice>
        )}
      </main>
    </>
  )
}

/** Asks the person to confirm before anything is sent, because any web page can open this one with a launch of its choice. */
const ConfirmLaunch = ({
  given: request,
  onOpen,
}: {
  given: LaunchRequest
  onOpen: (connectionId: string) => void
}) => {
  const [organization, setOrganization] = useState<{ name: string; host: string }>()
  const [problem, setProblem] = useState<Problem>()
  const [isRequested, setIsRequested] = useState(false)
  useEffect(() => {
    ask('launched-by', { iss: request.iss }).then(setOrganization, (error: unknown) =>
      setProblem(problemOf(error)),
    )
  }, [request])
  // Requested only once, because a launch is valid once.
  const open = () => {
    setIsRequested(true)
    ask('launch', request).then(onOpen, (error: unknown) => setProblem(problemOf(error)))
  }
  if (problem) return <Failed problem={problem} iss={request.iss} />
  if (isRequested) return <Notice kind="waiting">{t('launch_opening')}</Notice>
  if (!organization) return <Notice kind="waiting">{t('launch_asking')}</Notice>
  return (
    <section class="card stack">
      <p>{t('launch_by', withHost(organization))}</p>
      <div>
        <Button look="primary" onClick={open}>
          {t('launch_open', organization.name)}
        </Button>
      </div>
      <p class="quiet small">{t('launch_not_you')}</p>
    </section>
  )
}

const Failed = ({ problem, iss }: { problem: Problem; iss: string }) => {
  const host = problem.code === 'unknown-organization' && problem.details?.host
  const find = () => {
    const address = new URLSearchParams({ address: iss })
    browser.tabs.create({ url: browser.runtime.getURL(`extension/find/index.html?${address}`) })
  }
  if (host)
    return (
      <Notice kind="refused" actions={<Button onClick={find}>{t('add_provider')}</Button>}>
        {t('launch_unknown', host)}
      </Notice>
    )
  return <ProblemNotice problem={problem}>{t('launch_failed')}</ProblemNotice>
}

const OpenVisit = ({ visit, units }: { visit: LaunchedConnection; units: Units }) => {
  const { patient, person, providerName, host, needsBanner, can } = visit
  const close = useAction(() => ask('sign-out', { connectionId: visit.id }))
  return (
    <>
      <header class="top">
        <KeyMark />
        <div>
          {patient && needsBanner ? <Banner patient={patient} can={can} /> : <h1>{t('launch_title')}</h1>}
          {patient && (
            <p class="small">
              <AllergyLine record={{ connection: visit, patient: patient.id }} />
            </p>
          )}
        </div>
        <Button busy={close.isRunning} onClick={() => close.run()}>
          {t('launch_close')}
        </Button>
      </header>
      <main class="stack">
        {close.problem && <ProblemNotice problem={close.problem} />}
        <p class="quiet">
          {[
            ...(visit.visit ? [t('launch_visit', visitName(visit.visit))] : []),
            withHost({ name: providerName, host }),
            personName(person.name),
          ].join(' · ')}
        </p>
        {patient ? (
          <WholeRecord record={{ connection: visit, patient: patient.id }} units={units} />
        ) : (
          <Notice kind="empty">{t('launch_no_patient')}</Notice>
        )}
      </main>
    </>
  )
}

/** All that a launch gives access to: readings, and lists that are read when they are opened. */
const WholeRecord = ({ record, units }: { record: RecordAt; units: Units }) => {
  const [kind, open] = useState<VitalName>()
  return (
    <>
      {kind && (
        <div class="row">
          <Button look="plain" onClick={() => open(undefined)}>
            <ArrowBack /> {t('back')}
          </Button>
          <h2>{t(vitalKinds[kind].word)}</h2>
        </div>
      )}
      <VitalSigns
        records={[record]}
        leftOut={[]}
        units={units}
        kind={kind}
        onOpen={open}
        load={async () => ({ Timelines })}
      />
      <section aria-labelledby="record-title" class="stack" hidden={kind !== undefined}>
        <h2 id="record-title">{t('record')}</h2>
        <RecordLists records={[record]} isPart={false} />
      </section>
    </>
  )
}

/** The patient banner (`need_patient_banner`), with the facts that tell namesakes apart. */
const Banner = ({ patient, can }: { patient: Patient; can: LaunchedConnection['can'] }) => {
  const facts = [
    ...(patient.gender ? [genderWords(patient.gender)] : []),
    life(patient, can),
    ...shownIdentifiers(patient).slice(0, 2).map(identifierWords),
    ...(patient.place ? [patient.place] : []),
  ]
  return (
    <>
      <h1>{patient.name || patient.id}</h1>
      <p class="quiet small">{facts.join(' · ')}</p>
    </>
  )
}

const visitName = ({ id, name, start }: NonNullable<LaunchedConnection['visit']>): string =>
  [personName(name ?? id), ...(start ? [exactly(start)] : [])].join(' · ')

export const showLaunch = (opening: LaunchOpening): void =>
  mount(<Launch given={opening} />, 'launch', 'launch_title')
