import { useEffect, useRef, useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import { ask } from '../messages/ask.ts'
import type { Problem } from '../messages/errors.ts'
import type { Patient } from '../messages/patients.ts'
import type { Launched } from '../messages/state.ts'
import { VitalSigns } from '../popup/vital-signs.tsx'
import { Button } from '../ui/button.tsx'
import { birth, exactly } from '../ui/dates.ts'
import { KeyMark } from '../ui/icons.tsx'
import { Locked } from '../ui/locked.tsx'
import { Notice, ProblemNotice } from '../ui/notice.tsx'
import { problemOf } from '../ui/problem.ts'
import { withHost } from '../ui/source.tsx'
import { useAction } from '../ui/use-action.ts'
import { useWorkerState } from '../ui/use-worker-state.ts'
import { t } from '../ui/words.ts'
import { type Given, keepVisit } from './take-launch.ts'

/** What a record system has open. `smart_style_url` is left alone: no organization styles a page of the extension. */
export const Launch = ({ given }: { given: Given }) => {
  const { state } = useWorkerState()
  const { connectionId, problem } = useLaunch(given, state !== undefined && !state.lock?.locked)
  const visit = state?.launched.find(({ id }) => id === connectionId)
  // A visit that has just begun is not in the state yet; one that was there and is not any more is over.
  const wasOpen = useRef(given !== undefined && 'connectionId' in given)
  if (state?.lock?.locked) return <Locked lock={state.lock} load={() => import('../ui/lock-screen.tsx')} />
  if (visit) {
    wasOpen.current = true
    return <OpenVisit visit={visit} />
  }
  return (
    <>
      <header class="top">
        <KeyMark />
        <h1>{t('launch_title')}</h1>
      </header>
      <main>
        {!given ? (
          <Notice kind="empty">{t('launch_none')}</Notice>
        ) : problem ? (
          <Failed problem={problem} />
        ) : wasOpen.current && state ? (
          <Notice kind="refused">{t('launch_over')}</Notice>
        ) : (
          <Notice kind="waiting">{t('launch_opening')}</Notice>
        )}
      </main>
    </>
  )
}

/** A launch is good once, so it is asked for once, and not before the lock is open. */
const useLaunch = (given: Given, open: boolean): { connectionId?: string; problem?: Problem } => {
  const [held, setHeld] = useState<{ connectionId?: string; problem?: Problem }>(
    given && 'connectionId' in given ? given : {},
  )
  const asked = useRef(false)
  useEffect(() => {
    if (!open || asked.current || !given || 'connectionId' in given) return
    asked.current = true
    ask('launch', given).then(
      (connectionId) => {
        keepVisit(connectionId, history)
        setHeld({ connectionId })
      },
      (error: unknown) => setHeld({ problem: problemOf(error) }),
    )
  }, [given, open])
  return held
}

const Failed = ({ problem }: { problem: Problem }) => {
  const host = problem.code === 'unknown-organization' && problem.details?.host
  const addProvider = () =>
    browser.tabs.create({ url: browser.runtime.getURL('extension/options/index.html#configure') })
  if (host)
    return (
      <Notice kind="refused" actions={<Button onClick={addProvider}>{t('add_provider')}</Button>}>
        {t('launch_unknown', host)}
      </Notice>
    )
  return <ProblemNotice problem={problem}>{t('launch_failed')}</ProblemNotice>
}

const OpenVisit = ({ visit }: { visit: Launched }) => {
  const { patient, person, providerName, host, needsBanner } = visit
  const close = useAction(() => ask('sign-out', { connectionId: visit.id }))
  return (
    <>
      <header class="top">
        <KeyMark />
        <div>{patient && needsBanner ? <Banner patient={patient} /> : <h1>{t('launch_title')}</h1>}</div>
        <Button busy={close.running} onClick={() => close.run()}>
          {t('launch_close')}
        </Button>
      </header>
      <main class="stack">
        {close.problem && <ProblemNotice problem={close.problem} />}
        <p class="quiet">
          {[
            ...(visit.visit ? [t('launch_visit', visitName(visit.visit))] : []),
            withHost({ name: providerName, host }),
            person.name,
          ].join(' · ')}
        </p>
        {patient ? (
          <VitalSigns records={[{ connection: visit, patient: patient.id }]} />
        ) : (
          <Notice kind="empty">{t('launch_no_patient')}</Notice>
        )}
      </main>
    </>
  )
}

/** Whose record this is (`need_patient_banner`): what tells namesakes apart. */
const Banner = ({ patient }: { patient: Patient }) => {
  const facts = [
    patient.birthDate ? birth(patient.birthDate) : t('born_unknown'),
    ...patient.identifiers.slice(0, 2).map(({ label, value }) => `${label} ${value}`),
    ...(patient.place ? [patient.place] : []),
  ]
  return (
    <>
      <h1>{patient.name || patient.id}</h1>
      <p class="quiet small">{facts.join(' · ')}</p>
    </>
  )
}

const visitName = ({ id, name, start }: NonNullable<Launched['visit']>): string =>
  [name ?? id, ...(start ? [exactly(start)] : [])].join(' · ')
