import { segmentsWithin } from '../../net/address.ts'
import type { Copies } from '../../storage/copies.ts'
import { items, type Session } from '../../storage/items.ts'
import { narrowScope } from './narrow-grant.ts'
import { covers, readsAll, withoutType } from './scopes.ts'

/**
 * Milliseconds. A token response older than this is asked for again when a popup opens. Nobody can change a grant in another
 * tab and come back faster, and opening the popup again and again does not send a request each time.
 */
const longestUnasked = 10_000

interface Dependencies {
  find(connectionId: string): Promise<Session | undefined>
  /** Refreshes the access token `stale`, unless that has happened already; stores the scope and end that the answer names. */
  refresh(connectionId: string, stale: string): Promise<unknown>
  /** Runs `work` while nothing that was read is being kept. */
  exclusively(connectionId: string, work: () => Promise<void>): Promise<void>
  copies: Copies
}

const isOwn = ({ patient, launch }: Session): boolean => patient !== undefined && launch === undefined

/** Learns how the person changed a grant at the organization: which kinds of data they unticked, and when it now ends. */
export const createTermsLearner = ({ find, refresh, exclusively, copies }: Dependencies) => {
  /** Types that were still refused after a refresh although the token covers them, so that the next refusal causes no refresh. */
  const refusedAnyway = new Set<string>()

  /**
   * Learns the current scope after `insufficient_scope` (RFC 6750, section 3.1) for a type that the known scope covers. Without a
   * refresh token, the type is taken out of the known scope, if the organization has a page where people change grants. Not for a
   * scope with a query, because the organization may refuse a single search, nor where other people's records are read.
   */
  const learnScope = async (connectionId: string, type: string): Promise<void> => {
    const session = await find(connectionId)
    const key = JSON.stringify([connectionId, session?.signedInAt, type])
    if (!session?.access || !covers(session.scope, type) || refusedAnyway.has(key)) return
    if (await items.grants.has(connectionId)) {
      await refresh(connectionId, session.access.token).then(
        () => refusedAnyway.add(key),
        () => undefined,
      )
    } else if (session.server.management_endpoint && isOwn(session) && readsAll(session.scope, type))
      await exclusively(connectionId, () =>
        narrowScope(copies, connectionId, (scope) => withoutType(scope, type)),
      )
  }

  /**
   * Asks for the scope and end of a grant, at most every ten seconds. If the organization cannot be reached, nothing changes.
   */
  const checkTerms = async (connectionId: string): Promise<void> => {
    const { access } = (await find(connectionId)) ?? {}
    const isRecent = !access || Date.now() - access.receivedAt < longestUnasked
    if (isRecent || !(await items.grants.has(connectionId))) return
    await refresh(connectionId, access.token).catch(() => undefined)
  }

  return { learnScope, checkTerms }
}

/** Makes `checkTerms` ask at the next opening, because the person goes to the page where they can change the grant. */
export const expectNewTerms = async (connectionId: string): Promise<void> => {
  await items.sessions.change(connectionId, (now) =>
    now?.access ? { ...now, access: { ...now.access, receivedAt: 0 } } : now,
  )
}

/** Returns the FHIR type that an answer refuses for its scope; undefined for any other answer. */
export const typeRefused = (
  { status, headers }: Response,
  fhirBase: string,
  url: URL,
): string | undefined => {
  const challenge = headers.get('www-authenticate') ?? ''
  if (status !== 403 || !/error="?insufficient_scope/.test(challenge)) return undefined
  return segmentsWithin(fhirBase, url)?.[0]
}
