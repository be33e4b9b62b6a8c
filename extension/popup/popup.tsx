import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { ask } from '../messages/ask.ts'
import type { Problem } from '../messages/errors.ts'
import type { Connection, Purpose, State } from '../messages/state.ts'
import { personOf } from '../record/person.ts'
import { Notice, ProblemNotice } from '../ui/controls/notice.tsx'
import { Skeleton, useLater } from '../ui/controls/skeleton.tsx'
import { Locked } from '../ui/lock/locked.tsx'
import { endedNameOf } from '../ui/provider/connection-words.ts'
import { allSignedIn, type EndedConnection, endEverywhere } from '../ui/provider/end-everywhere.ts'
import { useAction } from '../ui/state/use-action.ts'
import { useWorkerState } from '../ui/state/use-worker-state.ts'
import { problemOf } from '../ui/words/problem.ts'
import { t } from '../ui/words/words.ts'
import { ConnectionView } from './connection-view.tsx'
import { Organizations } from './frame/organizations.tsx'
import {
  awaitedConnection,
  awaitSignIn,
  connectionAt,
  connectionsOnScreen,
  placeOf,
  usePlace,
} from './frame/place.ts'
import { Shell, scrollToTop } from './frame/shell.tsx'
import { Home } from './home.tsx'
import { LogAlarm } from './log/log-alarm.tsx'
import type { OwnNotices, PopupNotice } from './notices.ts'

export const Popup = () => {
  const { state, problem } = useWorkerState()
  const [place, go] = usePlace(state)
  const [outcomes, setOutcomes] = useState<OwnNotices['outcomes']>([])
  /** Those that are signed out here, while their organizations are told. */
  const [ending, setEnding] = useState<Connection[]>([])
  const [failures, setFailures] = useState<OwnNotices['failures']>([])
  const later = useLater(() => import('./after-first-paint.ts'))
  useReadyMark(state !== undefined && place !== undefined)

  const forgetFailures = (about: string) => setFailures((all) => all.filter((each) => each.about !== about))
  /** Runs an action. A failure stays on the page until the person dismisses it or tries the same action again. */
  const attempt = async <T,>(
    about: string,
    names: { organization: string | undefined; person?: string },
    act: () => Promise<T>,
  ) => {
    forgetFailures(about)
    return act().catch((error: unknown) => {
      const problem = problemOf(error)
      // Not told twice: the person may dismiss what the flow says before this answer arrives.
      if (problem.inFlow) return undefined
      const failure = {
        kind: 'failure',
        about,
        at: Date.now(),
        problem,
        ...names,
      } as const
      setFailures((all) => [...all, failure])
      return undefined
    })
  }
  /** Takes the place of earlier outcomes, except those that an organization did not confirm. */
  const showOutcomes = (newOutcomes: OwnNotices['outcomes']) =>
    setOutcomes((all) => [...all.filter(({ outcome }) => outcome !== 'revoked'), ...newOutcomes])
  const signIn = useAction((providerId: string, purpose: Purpose = 'record') => {
    showOutcomes([])
    if (place) go(awaitSignIn(providerId, place))
    const organization = state?.providers.find(({ id }) => id === providerId)?.label
    return attempt('sign-in', { organization }, () => ask('sign-in', { providerId, purpose }))
  })
  const end = async (request: 'sign-out' | 'remove-connection', connection: Connection) => {
    const { id: connectionId, providerName } = connection
    const names = { organization: providerName, person: endedNameOf(connection) }
    // Not after the answer: whoever signs out may hand the browser to somebody else, who opens a record before an organization answers.
    go({ home: true })
    setEnding((all) => [...all, connection])
    const { outcome } =
      (await attempt(connectionId, names, () => ask(request, { connectionId, isShown: true }))) ?? {}
    setEnding((all) => all.filter((each) => each !== connection))
    if (outcome) showOutcomes([{ kind: 'outcome', at: Date.now(), request, outcome, ended: [connection] }])
  }
  const endAll = async (now: State) => {
    const all = allSignedIn(now)
    go({ home: true })
    setEnding((others) => [...others, ...all])
    const ended = await attempt('everywhere', { organization: undefined }, () => endEverywhere(now))
    setEnding((others) => others.filter((each) => !all.includes(each)))
    if (ended) showOutcomes(outcomesOf(ended))
  }

  // The notice that tells what became of a button stands at the top, perhaps far above the button.
  useEffect(() => {
    if (outcomes.length + failures.length > 0) scrollToTop()
  }, [outcomes, failures])

  const connection = state && place && connectionAt(state, place)
  const isAwaited = state && place && awaitedConnection(state, place) !== undefined
  // Remembers whose record is open, so that when it ends the list is shown and not the next record. A layout effect, because this place has
  // nothing typed in it yet, and would replace what somebody types before a later effect runs.
  useLayoutEffect(() => {
    if (connection && (isAwaited || connection.id !== place.connectionId)) go(placeOf(connection, place))
  }, [connection?.id, isAwaited])

  const isOpen = state !== undefined && !state.lock?.locked
  const onScreen = isOpen && place ? connectionsOnScreen(state, place).map(({ id }) => id) : []
  useEffect(() => {
    if (onScreen.length > 0) ask('check-terms', { connectionIds: onScreen }).catch(() => undefined)
  }, [onScreen.join()])

  if (state?.lock?.locked) return <Locked lock={state.lock} load={() => import('./after-first-paint.ts')} />
  if (!state || !place) return <Loading problem={problem} />

  const isSigningIn = signIn.isRunning || state.flow?.status === 'open'
  const dismiss = (notice: PopupNotice) => {
    if (notice.kind === 'outcome') setOutcomes((all) => all.filter((each) => each !== notice))
    if (notice.kind === 'flow') ask('dismiss-flow', { startedAt: notice.flow.startedAt })
    if (notice.kind === 'failure') forgetFailures(notice.about)
    if (notice.kind === 'unrevoked') ask('dismiss-unrevoked', { id: notice.grant.id })
    if (notice.kind === 'ending' || notice.kind === 'another-patient')
      ask('dismiss-notice', { connectionId: notice.connection.id, at: notice.at })
  }
  const notices = (
    <>
      {ending.map(({ id, providerName }) => (
        <Notice key={id} kind="waiting">
          {t('signing_out', providerName)}
        </Notice>
      ))}
      {later && (
        <later.NewestNotice
          state={state}
          own={{ outcomes, failures }}
          open={connection}
          busy={isSigningIn}
          onSignIn={signIn.run}
          onDismiss={dismiss}
        />
      )}
    </>
  )
  const alarmsAt = (here: Connection[]) => (
    <LogAlarm
      connections={state.connections}
      here={here}
      busy={isSigningIn}
      onOpen={(connectionId) => go({ connectionId })}
      onSignIn={signIn.run}
    />
  )
  const alarmsAndNotices = (
    <>
      {alarmsAt([])}
      {notices}
    </>
  )
  const here = connection ? placeOf(connection, place) : place
  const organizations = (
    <Organizations
      later={later}
      state={state}
      current={connection}
      busy={isSigningIn}
      onOpen={(connectionId) => go({ connectionId })}
      onManage={(managed) => go({ ...here, managed })}
      onAdd={() => go({ ...here, home: true })}
      onSignIn={signIn.run}
      onEndAll={() => endAll(state)}
    />
  )
  const managed = state.connections.find(({ id }) => id === place.managed)
  if (managed) {
    const { managed: _left, ...before } = place
    return later ? (
      <later.OrganizationPage
        key={managed.id}
        connection={managed}
        canLock={state.lock !== undefined}
        busy={isSigningIn}
        notices={alarmsAndNotices}
        onBack={() => go(before)}
        onSignIn={() => signIn.run(managed.providerId)}
        onEnd={(request) => end(request, managed)}
      />
    ) : (
      <Loading />
    )
  }
  return connection ? (
    <ConnectionView
      key={personOf(connection)}
      state={state}
      connection={connection}
      place={place}
      go={go}
      notices={notices}
      alarmsAt={alarmsAt}
      organizations={organizations}
    />
  ) : (
    <Home
      state={state}
      organizations={organizations}
      busy={isSigningIn}
      notices={alarmsAndNotices}
      onSignIn={signIn.run}
      onEndVisit={(visit) => end('sign-out', visit)}
      onOpen={(connectionId) => go({ connectionId })}
      onManage={(managed) => go({ ...place, managed })}
      onBack={
        connectionAt(state, { ...place, home: false }) && place.connectionId !== undefined
          ? () => go({ ...place, home: false })
          : undefined
      }
    />
  )
}

const Loading = ({ problem }: { problem?: Problem | undefined }) => (
  <Shell title={t('carekey')} view="loading">
    {problem ? <ProblemNotice problem={problem} /> : <Skeleton bars={[32, 76, 76]} />}
  </Shell>
)

/** One notice for all connections that ended as they should, after those that did not. */
const outcomesOf = (all: EndedConnection[]): OwnNotices['outcomes'] => {
  const others = all.filter(({ outcome }) => outcome !== 'revoked')
  const groups = [...others.map((one) => [one]), all.filter((one) => !others.includes(one))]
  return groups.flatMap((ended) =>
    ended[0]
      ? {
          kind: 'outcome' as const,
          at: Date.now(),
          request: 'sign-out' as const,
          outcome: ended[0].outcome,
          ended,
        }
      : [],
  )
}

/** Sets the performance mark `popup:ready` when the popup paints its first real state. */
const useReadyMark = (ready: boolean): void => {
  const isMarked = useRef(false)
  useLayoutEffect(() => {
    if (!ready || isMarked.current) return
    isMarked.current = true
    requestAnimationFrame(() => performance.mark('popup:ready'))
  }, [ready])
}
