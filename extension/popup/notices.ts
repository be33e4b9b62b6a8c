import type { Problem } from '../messages/errors.ts'
import type { Connection, Flow, RevocationOutcome, State, Unrevoked } from '../messages/state.ts'
import { personOf } from '../record/person.ts'

/** Milliseconds before the end of a grant at which the popup begins to warn of it. */
const SOON = 5 * 60_000

/** What the popup tells a person; `at` says when it happened, in milliseconds since 1970. */
export type PopupNotice = { at: number } & (
  | { kind: 'flow'; flow: Flow }
  /** `about` is the connection that could not be ended, or `sign-in`. */
  | { kind: 'failure'; about: string; problem: Problem; organization: string | undefined; person?: string }
  /** `ended` are the connections as they were before. */
  | {
      kind: 'outcome'
      request: 'sign-out' | 'remove-connection'
      outcome: RevocationOutcome
      ended: Connection[]
    }
  | { kind: 'ending' | 'another-patient'; connection: Connection }
  | { kind: 'unrevoked'; grant: Unrevoked }
)

/** Results of this page's own buttons, which nothing else knows. */
export interface OwnNotices {
  outcomes: Extract<PopupNotice, { kind: 'outcome' }>[]
  failures: Extract<PopupNotice, { kind: 'failure' }>[]
}

/**
 * Returns the notices, newest first; a sign-in that is under way comes before all others, and a warning that returns after them. Alarms about an access log are not
 * among them, because nothing may hide those. What happened to a person's connection is not told on another person's page.
 *
 * @param open the connection whose record is open; undefined in the list. Both pages say why a connection ended.
 */
export const noticesOf = (
  { flow, connections, unrevoked = [] }: Pick<State, 'flow' | 'connections' | 'unrevoked'>,
  { outcomes, failures }: OwnNotices,
  { now, open }: { now: number; open: Connection | undefined },
): PopupNotice[] => {
  const isElsewhere = (connection: Connection) => open !== undefined && !isOnePerson(connection, open)
  const isIdElsewhere = (id: string | undefined) =>
    connections.some((each) => each.id === id && isElsewhere(each))
  const isNotYetEnded = ({ id, signedInAt }: Connection) =>
    connections.some((each) => each.id === id && each.signedIn && each.signedInAt === signedInAt)
  const here = connections.filter((connection) => !isElsewhere(connection))
  const isNew = ({ noticedAt = 0 }: Connection, at: number) => at > noticedAt
  const ending = here.flatMap((connection): PopupNotice[] => {
    const at = (connection.endsAt ?? Number.POSITIVE_INFINITY) - SOON
    return connection.signedIn && at <= now && isNew(connection, at)
      ? [{ kind: 'ending', at, connection }]
      : []
  })
  const otherPatients = here.flatMap((connection): PopupNotice[] => {
    const { anotherPatient, signedInAt: at = 0 } = connection
    return anotherPatient && isNew(connection, at) ? [{ kind: 'another-patient', at, connection }] : []
  })
  const all: PopupNotice[] = [
    // Shown only once the list shows it too; the list may be a moment behind.
    ...outcomes.filter(
      ({ ended }) => !ended.some(isNotYetEnded) && (open === undefined || !ended.every(isElsewhere)),
    ),
    ...ending,
    ...otherPatients,
    ...unrevoked
      .filter(({ connectionId }) => !isIdElsewhere(connectionId))
      .map((grant) => ({ kind: 'unrevoked' as const, at: grant.at, grant })),
    ...failures.filter(({ about }) => !isIdElsewhere(about)),
  ]
  if (flow)
    all.push({ kind: 'flow', at: flow.status === 'open' ? Number.POSITIVE_INFINITY : flow.startedAt, flow })
  return all.sort((a, b) => dismissedAt(a) - dismissedAt(b) || b.at - a.at)
}

/**
 * Returns when the last notice about the same connection was dismissed, for a warning of its end. An organization that renews a grant to
 * a few minutes again and again has the newest warning always, so each one that was dismissed goes behind all others.
 */
const dismissedAt = (notice: PopupNotice): number =>
  notice.kind === 'ending' ? (notice.connection.noticedAt ?? 0) : 0

/** A signed-out connection has no patient to compare, so what the person declared decides alone. */
const isOnePerson = (connection: Connection, open: Connection): boolean =>
  connection.signedIn
    ? personOf(connection) === personOf(open)
    : connection.samePerson !== undefined && connection.samePerson === open.samePerson
