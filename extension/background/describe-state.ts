import browser from 'webextension-polyfill'
import { hasAlarm, isNarrowed } from '../access-log/watch/known-log.ts'
import { findKnownLogs } from '../access-log/watch/known-logs.ts'
import { isByOnePerson } from '../auth/grant/begin-connection.ts'
import { forgetUnsearchable } from '../auth/grant/narrow-grant.ts'
import { type Revocations, waitingUntil } from '../auth/grant/revocation.ts'
import { abilities, stoppedSince } from '../auth/grant/scopes.ts'
import type { Sessions } from '../auth/grant/session.ts'
import { findPolicy, withoutForbidden } from '../auth/provider/policy.ts'
import type { Providers } from '../auth/provider/providers.ts'
import { ownRedirectUri } from '../auth/provider/redirect-uri.ts'
import { findFlow } from '../auth/sign-in/flow.ts'
import type { Locking } from '../lock/lock.ts'
import type { Patient } from '../messages/patients.ts'
import type { Connection, NewAccesses, Policy, PopupPlace, Provider, State } from '../messages/state.ts'
import type { Units } from '../messages/vitals.ts'
import { items, type LaunchTerms, type Session, type StoredConnection } from '../storage/items.ts'
import type { StoredKnownLog } from '../storage/stored-log.ts'
import { announcedAccesses, isLogRead } from './announced-accesses.ts'

/** The state that pages see while locked. */
export const describeLocked = async (lock: Locking): Promise<State> => {
  const lockState = await lock.describe()
  return {
    ...(lockState && { lock: lockState }),
    providers: [],
    connections: [],
    launched: [],
    place: {},
    units: await findUnits(),
    redirectUri: ownRedirectUri(),
  }
}

/** Returns the units that the person chose, or until then those of the country in the browser's locale. */
const findUnits = async (): Promise<Units> =>
  (await items.units.get()) ?? (browser.i18n.getUILanguage().endsWith('-US') ? 'us' : 'metric')

/** The state that pages render, without tokens, secrets or token endpoints. */
export const describeState = async (services: {
  providers: Providers
  sessions: Sessions
  revocations: Pick<Revocations, 'reported'>
  lock: Locking
}): Promise<State> => {
  const [
    lock,
    providers,
    storedConnections,
    flow,
    policy,
    unrevoked,
    waiting,
    knownLogs,
    units,
    lockOffered,
  ] = await Promise.all([
    services.lock.describe(),
    services.providers.describe(),
    items.connections.get(),
    findFlow(),
    findPolicy(),
    services.revocations.reported(),
    items.revocations.get(),
    findKnownLogs(),
    findUnits(),
    items.lockOffered.get(),
  ])
  const all = Object.values(storedConnections)
  const sessions = new Map(
    await Promise.all(all.map(async ({ id }) => [id, await services.sessions.find(id)] as const)),
  )
  const isRead = (connection: StoredConnection) => isLogRead(connection, sessions.get(connection.id), policy)
  const context = {
    ...{ all, providers, sessions, policy, isRead, knownLogs },
    announced: announcedAccesses(all, knownLogs, isRead),
  }
  const untoldUntil = waitingUntil(waiting)
  const describeConnections = async (connections: StoredConnection[]) => {
    const descriptions = connections.map((connection) => describeConnection(connection, context))
    return (await Promise.all(descriptions)).flat().map((connection) => {
      const endUntoldUntil = untoldUntil.get(connection.id)
      return { ...connection, ...(endUntoldUntil !== undefined && { endUntoldUntil }) }
    })
  }
  const placeOf = new Map(providers.map(({ id }, place) => [id, place]))
  // In the order of the list of organizations, so that every page names them in one order.
  const ownConnections = all.toSorted(
    (a, b) => (placeOf.get(a.providerId) ?? 0) - (placeOf.get(b.providerId) ?? 0),
  )
  const [connections, launched] = await Promise.all([
    describeConnections(ownConnections.filter((connection) => !connection.launched)),
    describeConnections(ownConnections.filter((connection) => connection.launched)),
  ])
  return {
    ...(lock ? { lock } : !lockOffered && { offersLock: true as const }),
    providers,
    connections,
    launched: launched.flatMap(({ launch, ...connection }) => (launch ? [{ ...connection, ...launch }] : [])),
    ...(flow && { flow }),
    ...(unrevoked.length > 0 && { unrevoked }),
    // Read last, because finding a session expired also clears the place.
    place: await items.place.get(),
    units,
    redirectUri: ownRedirectUri(),
    ...(policy && { policy }),
  }
}

/**
 * Stores where the popup is, unless that connection was signed out in the meantime, because pages report a place with a delay.
 * Signing out deletes the session before the place, so one of the two always clears it. A scope without patients likewise clears
 * those that were opened.
 */
export const rememberPlace = async (place: PopupPlace): Promise<void> => {
  await items.place.update(() => place)
  const { connectionId, patient } = place
  if (connectionId === undefined) return
  if (patient) await items.recentPatients.change(connectionId, (recent) => withRecent(patient, recent))
  if (await items.sessions.has(connectionId)) return forgetUnsearchable(connectionId)
  await items.place.update((place) => (place.connectionId === connectionId ? { home: true } : place))
  await items.recentPatients.delete(connectionId)
}

const mostRecent = 5

/** Puts the patient first. Returns the same list if the patient already is, because pages report a place again and again. */
const withRecent = (patient: Patient, recent: Patient[] = []): Patient[] =>
  recent[0]?.id === patient.id
    ? recent
    : [patient, ...recent.filter(({ id }) => id !== patient.id)].slice(0, mostRecent)

/**
 * Checks whether the organization names another patient for the same sign-in than before, while nobody watches the former one's log.
 * It may be a parent's second child, so it is said, and joins nothing.
 */
const namesAnother = (
  connection: StoredConnection,
  { all, sessions }: { all: readonly StoredConnection[]; sessions: ReadonlyMap<string, Session | undefined> },
): boolean =>
  !connection.launched &&
  connection.patientId !== undefined &&
  all.some(
    (each) =>
      isByOnePerson(each, connection) &&
      each.patientId !== undefined &&
      each.patientId !== connection.patientId &&
      !sessions.get(each.id),
  )

const describeConnection = async (
  connection: StoredConnection,
  {
    all,
    providers,
    sessions,
    policy,
    isRead,
    knownLogs,
    announced,
  }: {
    all: readonly StoredConnection[]
    providers: Provider[]
    sessions: ReadonlyMap<string, Session | undefined>
    policy: Policy | undefined
    isRead(connection: StoredConnection): boolean | undefined
    knownLogs: Record<string, StoredKnownLog>
    announced: ReadonlyMap<string, NewAccesses>
  },
): Promise<(Connection & { launch?: LaunchTerms })[]> => {
  const { id, providerId, person, endedBy, endedAt, visitEndsAt, noticedAt, samePerson, apartFrom } =
    connection
  const provider = providers.find((candidate) => candidate.id === providerId)
  if (!provider) return []
  const [isForked, recentPatients] = await Promise.all([
    items.logForks.has(providerId),
    items.recentPatients.find(id),
  ])
  const [session, known, newAccesses] = [sessions.get(id), knownLogs[id], announced.get(id)]
  const stoppedSharing =
    session?.firstScope === undefined
      ? undefined
      : stoppedSince(session.firstScope, session.scope, session.patient !== undefined)
  const forbidden = forbiddenBy(policy, person.role, session)
  return [
    {
      id,
      providerId,
      providerName: provider.label,
      host: provider.host,
      hue: provider.hue,
      person,
      ...(session?.patient && { patient: session.patient }),
      ...(samePerson !== undefined && { samePerson }),
      ...(apartFrom && { apartFrom }),
      signedIn: session !== undefined,
      ...(session && { signedInAt: session.signedInAt }),
      ...(!session && endedBy && { endedBy }),
      ...(!session && endedAt !== undefined && { endedAt }),
      ...(!session && visitEndsAt !== undefined && visitEndsAt > Date.now() && { visitEndsAt }),
      ...(noticedAt !== undefined && { noticedAt }),
      ...(stoppedSharing && { stopped: stoppedSharing }),
      ...(forbidden && { forbidden }),
      staysConnected: session?.staysConnected ?? false,
      ...(session?.endsAt !== undefined && { endsAt: session.endsAt }),
      ...(session?.server.management_endpoint !== undefined && { hasAccountPage: true }),
      ...(session?.launch && { launch: session.launch }),
      ...(known && hasAlarm(known) && { logAlarm: true }),
      ...(known && isNarrowed(known, isRead(connection) !== false) && { logNarrowed: true }),
      ...(isForked && { logForked: true }),
      ...(known && known.missingReads.length > 0 && { readsMissing: true }),
      ...(session && recentPatients && { recentPatients }),
      ...(newAccesses && { newAccesses }),
      ...(session && namesAnother(connection, { all, sessions }) && { anotherPatient: true }),
      can: abilities(session?.scope ?? '', session?.patient !== undefined),
    },
  ]
}

/** Returns what the policy keeps Carekey from requesting of a record, for a patient or for a clinician. */
const forbiddenBy = (
  policy: Policy | undefined,
  role: Connection['person']['role'],
  session: Session | undefined,
): Connection['forbidden'] => {
  const context = role === 'patient' ? 'patient' : 'user'
  const all = `${context}/*.rs`
  const requestable = withoutForbidden(all, policy)
  if (requestable === all) return undefined
  // An organization that names its scopes by types is asked for the others.
  const requested = (session?.requestedScope ?? requestable).split(' ')
  return stoppedSince(all, requested.filter((scope) => scope.startsWith(`${context}/`)).join(' '))
}
