import { requireUrl } from '../../../values/parse-address.ts'
import { ProblemError } from '../../messages/errors.ts'
import { type Asking, beginAsking, signalFor } from '../../net/asking.ts'
import { boundedFetch } from '../../net/http.ts'
import { isFull } from '../../storage/area.ts'
import type { Copies } from '../../storage/copies.ts'
import { forget, recordEnd } from '../../storage/forget.ts'
import {
  type GrantTerms,
  items,
  type Revocation,
  type Session,
  type WaitingRevocation,
} from '../../storage/items.ts'
import type { RequestStore } from '../../storage/stored-log.ts'
import type { Vault } from '../../storage/vault.ts'
import { fromOAuth, isInvalidGrant } from '../provider/oauth-requests.ts'
import { findPolicy, limitByPolicy } from '../provider/policy.ts'
import { isProviderOf, type Providers } from '../provider/providers.ts'
import { accessWith, type LogAccess, requireProofAccepted, type TokenAccess } from './access.ts'
import { noteVisit } from './begin-connection.ts'
import { createGrantStore } from './grant-store.ts'
import { createKeepGrant, whileNoneEnds } from './keep-grant.ts'
import { createTermsLearner, typeRefused } from './learn-terms.ts'
import { forgetRead, type ReadTerms, readTermsOf, withScope } from './narrow-grant.ts'
import { type Credential, type ProofKeys, sendToken } from './proof-keys.ts'
import type { PreparedRevocation, Revocations } from './revocation.ts'
import { isNarrower } from './scopes.ts'
import { requestRefresh } from './tokens.ts'
import { requireRegistering, requireUsable, usableScope } from './usable-scope.ts'

/** The sessions of all connections. Besides the lock, nothing else reads stored tokens. */
export interface Sessions {
  /** The journal of the reads that are sent in these sessions. */
  requests: RequestStore
  /**
   * Stores the result of a sign-in: `session.scope` is what the organization granted, of which only what may be used is kept.
   *
   * @throws ProblemError `interrupted` if its provider was removed or changed meanwhile.
   */
  begin(connectionId: string, session: Session, refreshToken: string | undefined): Promise<void>
  /** Returns undefined if nobody is signed in. Ends a session that is over, and queues its revocation. */
  find(connectionId: string): Promise<Session | undefined>
  /**
   * Returns access to the record, with the terms of the session. Refreshing a token does not count towards the asking.
   *
   * @throws ProblemError `signed-out`, or `provider-changed` if that ended the session.
   */
  access(connectionId: string, asking?: Asking): Promise<TokenAccess & { terms: ReadTerms }>
  /**
   * Returns access to the access log's proofs; undefined if the organization offers none.
   *
   * @throws ProblemError as `access` does.
   */
  accessLog(connectionId: string): Promise<LogAccess | undefined>
  /** Sends JSON to an endpoint of the session's authorization server, or to `path` below it; undefined if it has none. */
  sendJson(
    connectionId: string,
    endpoint: 'registration_endpoint' | 'applications_endpoint',
    request: { method: 'GET' | 'POST' | 'PUT' | 'DELETE'; path?: string; body?: unknown },
  ): Promise<Response | undefined>
  /** Returns the tokens worth revoking, the refresh token first because revoking it ends the grant. */
  tokens(connectionId: string): Promise<string[]>
  /** Deletes the session in this browser, without revoking it. */
  end(connectionId: string): Promise<void>
  /**
   * Ends the session for a person: deletes it and stores its revocation, in one step that waits for no organization and no running
   * refresh. Returns the revocation, to try it now; undefined if nobody is signed in.
   *
   * @param owner what is deleted, even if nobody is signed in.
   */
  signOut(connectionId: string, owner?: 'grant' | 'connection'): Promise<PreparedRevocation | undefined>
  /**
   * Refreshes twice: an organization may accept the former refresh token until the answer to it is used, because that answer may have been
   * lost. Ends an exposed grant if the organization did not rotate its refresh token.
   *
   * @throws ProblemError `session-ended`, and the errors of a refresh.
   */
  renew(connectionId: string): Promise<void>
  /** Asks the organization for the current scope and end of the grant. Does not throw if the organization cannot be asked. */
  checkTerms(connectionId: string): Promise<void>
  /** Runs `work` while no refresh of this connection runs. */
  exclusively<T>(connectionId: string, work: () => Promise<T>): Promise<T>
}

/** Milliseconds. A token that expires sooner is refreshed before it is used, unless it is so young that the clock has jumped. */
const refreshMargin = 10_000
const youngAge = 30_000

export const createSessions = (dependencies: {
  vault: Vault
  providers: Providers
  proofKeys: ProofKeys
  copies: Copies
  revocations: Revocations
  requests: RequestStore
}): Sessions => {
  const { vault, providers, proofKeys, copies, revocations, requests } = dependencies
  const grants = createGrantStore(vault)
  const { tokens } = grants
  const { keepNew, keepRenewed, giveBackRefreshToken } = createKeepGrant({ grants, ...dependencies })

  const begin: Sessions['begin'] = async (connectionId, session, refreshToken) => {
    if (!(await providers.list()).some(isProviderOf(session))) throw new ProblemError('interrupted')
    await forgetRead(copies, connectionId)
    await keepNew(connectionId, session, refreshToken)
    // The refresh token that was exposed on disk belonged to the earlier grant.
    await items.exposed.delete(connectionId)
  }

  const end = async (
    connectionId: string,
    owner: 'grant' | 'connection' = 'grant',
    revocation?: WaitingRevocation,
  ): Promise<void> => {
    const { proofKey } = (await items.sessions.find(connectionId)) ?? (await grants.find(connectionId)) ?? {}
    // A launch is one visit: nobody signs in to it again.
    const isVisit = (await items.connections.find(connectionId))?.launched
    const endedOwner = isVisit ? 'connection' : owner
    await forget(endedOwner, [connectionId], revocation).catch(async (error) => {
      // Without room for the revocation the session ends all the same.
      if (!isFull(error)) throw error
      await forget(endedOwner, [connectionId])
    })
    await noteVisit(connectionId)
    if (proofKey !== undefined) await proofKeys.drop(proofKey)
    await copies.drop(connectionId)
  }

  const find: Sessions['find'] = async (connectionId) => {
    const [current, policy, isConnected, ownProviders] = await Promise.all([
      items.sessions.find(connectionId),
      findPolicy(),
      items.connections.has(connectionId),
      providers.list(),
    ])
    const stored = current ?? (await grants.restore(connectionId))
    if (!stored) return undefined
    const session = limitByPolicy(stored, policy)
    if (stored.staysConnected && !session.staysConnected) await giveBackRefreshToken(connectionId, session)
    if (!isConnected) await endQuietly(connectionId, session, end)
    else if (!ownProviders.some(isProviderOf(stored))) await endQuietly(connectionId, session, endAfterChange)
    else if (session.endsAt === undefined || session.endsAt > Date.now()) return session
    else await endQuietly(connectionId, session, endBy('time', session.endsAt))
    return undefined
  }

  const signOut: Sessions['signOut'] = async (connectionId, owner = 'grant') => {
    // Restores the session of a grant, and ends one that is over.
    await find(connectionId)
    return whileNoneEnds(connectionId, async () => {
      const session = await items.sessions.find(connectionId)
      if (!session) {
        // What was read may have been kept after the session was deleted.
        await forget(owner, [connectionId])
        await copies.drop(connectionId)
        return undefined
      }
      const revocation = await revocations.prepare(
        { ...session, tokens: await tokens(connectionId) },
        { connectionId, signedInAt: session.signedInAt },
      )
      await end(connectionId, owner, revocation.waiting)
      return revocation
    })
  }

  /**
   * Ends a session and queues its revocation, because it may still be valid at the organization. Of several concurrent callers
   * one ends it; a newer sign-in stays.
   */
  const endQuietly = (connectionId: string, { signedInAt }: Session, finish: Sessions['end']) =>
    whileNoneEnds(connectionId, async () => {
      const session = await items.sessions.find(connectionId)
      if (session?.signedInAt !== signedInAt) return
      const revocation = { ...session, tokens: await tokens(connectionId) }
      const isQueued = await queueIfRoom(revocation, connectionId)
      await finish(connectionId)
      // There is room once the session has gone.
      if (!isQueued) await queueIfRoom(revocation, connectionId)
    })

  const queueIfRoom = (revocation: Revocation, connectionId: string): Promise<boolean> =>
    revocations.queue(revocation, connectionId).then(
      () => true,
      (error) => (isFull(error) ? false : Promise.reject(error)),
    )

  const endBy =
    (...reason: Parameters<typeof recordEnd> extends [string, ...infer Reason] ? Reason : never) =>
    async (connectionId: string): Promise<void> => {
      await end(connectionId)
      await recordEnd(connectionId, ...reason)
    }

  const endAfterChange = endBy('provider-changed')
  const requireSession = async (connectionId: string): Promise<Session> => {
    const session = await find(connectionId)
    if (session) return session
    const endedBy = (await items.connections.find(connectionId))?.endedBy
    throw new ProblemError(endedBy === 'provider-changed' ? endedBy : 'signed-out')
  }

  const exclusively: Sessions['exclusively'] = (connectionId, work) =>
    navigator.locks.request(`session:${connectionId}`, work)

  /** Sends one refresh for all concurrent callers: a caller that waited finds a token other than its stale one. */
  const refresh = (connectionId: string, stale: string | undefined): Promise<Credential> =>
    exclusively(connectionId, async () => {
      const session = await find(connectionId)
      if (session?.access && session.access.token !== stale)
        return { token: session.access.token, proof: await requireProof(connectionId, session) }
      const grant = session && (await grants.find(connectionId))
      if (!session || !grant) throw await endGrant(connectionId, session && endBy('organization'))
      const proof = await requireProof(connectionId, grant)
      const answer = await requestRefresh(providers, grant, proof).catch(async (error) => {
        throw isInvalidGrant(error) ? await queueRevocationAndEnd(connectionId, session) : fromOAuth(error)
      })
      const {
        access,
        refreshToken = grant.refreshToken,
        scope: granted = session.scope,
        grantEndsAt,
      } = answer
      const scope = usableScope(granted, session.requestedScope, await findPolicy())
      const { endsBy, ...terms } = session
      const end = grantEndsAt === undefined ? endsBy && { endsBy } : { endsAt: grantEndsAt }
      const renewed = { ...withScope(terms, scope), access, ...end }
      // Stored first: if the worker were stopped in between, it would later find the scope unchanged.
      if (isNarrower(session.scope, scope)) await forgetRead(copies, connectionId)
      await keepRenewed(connectionId, renewed, refreshToken, granted)
      const { token } = (await items.sessions.find(connectionId))?.access ?? access
      if (!(await items.exposed.has(connectionId))) return { token, proof }
      if (refreshToken === grant.refreshToken) throw await revokeAndEnd(connectionId)
      await items.exposed.delete(connectionId)
      return { token, proof }
    })

  /** Returns a bound grant's proof. Ends the grant if its key is missing, because it is then a copy from another browser. */
  const requireProof = async (connectionId: string, terms: GrantTerms): Promise<Credential['proof']> => {
    const proof = await findProof(terms)
    if (terms.proofKey !== undefined && !proof) throw await endGrant(connectionId)
    return proof
  }

  const findProof = async ({ proofKey }: GrantTerms): Promise<Credential['proof']> =>
    proofKey === undefined ? undefined : proofKeys.find(proofKey)

  /** Ends a grant whose refresh token was not rotated, and revokes it because a copy of the disk may hold that token. */
  const revokeAndEnd = async (connectionId: string): Promise<ProblemError> => {
    const revocation = await signOut(connectionId)
    await revocation?.attempt()
    return new ProblemError('session-ended')
  }

  const queueRevocationAndEnd = async (connectionId: string, session: Session): Promise<ProblemError> => {
    await endQuietly(connectionId, session, endBy('organization'))
    return new ProblemError('session-ended')
  }

  const endGrant = async (connectionId: string, finish: Sessions['end'] = end): Promise<ProblemError> => {
    await finish(connectionId)
    return new ProblemError('session-ended')
  }

  const findUsableCredential = async (connectionId: string, session: Session): Promise<Credential> => {
    const { access } = session
    const now = Date.now()
    if (access && (access.endsAt - now > refreshMargin || Math.abs(now - access.receivedAt) < youngAge)) {
      const proof = await findProof(session)
      // The key is missing if a new sign-in has just replaced it; the refresh then finds the new token.
      if (proof || session.proofKey === undefined) return { token: access.token, proof }
    }
    return refresh(connectionId, access?.token)
  }

  /** Refreshes once after a 401; a second 401 means that the organization no longer accepts the session, and ends it. */
  const sendAs = async (
    connectionId: string,
    send: (credential: Credential) => Promise<Response>,
    opened?: Session,
  ) => {
    const first = await findUsableCredential(connectionId, opened ?? (await requireSession(connectionId)))
    const response = requireProofAccepted(await send(first))
    if (response.status !== 401) return response
    await response.body?.cancel()
    const session = await requireSession(connectionId)
    const second = requireProofAccepted(await send(await refresh(connectionId, first.token)))
    if (second.status !== 401) return second
    await second.body?.cancel()
    // The FHIR server refuses us, but the grant may still be valid at the authorization server.
    throw await queueRevocationAndEnd(connectionId, session)
  }

  const learner = createTermsLearner({ find, refresh, exclusively, copies })

  return {
    requests,
    begin,
    find,
    end: (connectionId) => end(connectionId),
    signOut,
    exclusively,
    renew: async (connectionId) => {
      const { token } = await refresh(connectionId, undefined)
      await refresh(connectionId, token)
    },
    checkTerms: learner.checkTerms,

    access: async (connectionId, asking) => {
      const session = await requireSession(connectionId)
      // The first request follows at once, so it need not read the session again.
      let opened: Session | undefined = session
      const { fhirBase } = session
      const fetch: TokenAccess['fetch'] = async (url, init) => {
        const current = opened ?? (await requireSession(connectionId))
        opened = undefined
        const send = (credential: Credential) => accessWith(credential, fhirBase, asking).fetch(url, init)
        await requireUsable(current, url)
        const response = await sendAs(connectionId, send, current)
        const type = typeRefused(response, fhirBase, url)
        if (type !== undefined) await learner.learnScope(connectionId, type)
        return response
      }
      return {
        fhirBase,
        fetch,
        signal: signalFor(asking),
        terms: readTermsOf(session),
        ...(asking && { asking }),
      }
    },

    accessLog: async (connectionId) => {
      const endpoint = (await requireSession(connectionId)).server.access_log_endpoint
      if (!endpoint) return undefined
      const asking = beginAsking('proof')
      return {
        endpoint,
        fetch: (url) =>
          sendAs(connectionId, (credential) => accessWith(credential, endpoint, asking).fetch(url)),
        fetchPublic: (url) => boundedFetch(url, {}, asking),
        signal: signalFor(asking),
      }
    },

    sendJson: async (connectionId, endpoint, { method, path = '', body }) => {
      const session = await requireSession(connectionId)
      const address = session.server[endpoint]
      if (!address) return undefined
      await requireRegistering(session)
      const headers = { accept: 'application/json', 'content-type': 'application/json' }
      const request = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
      const url = requireUrl(`${address}${path}`)
      return sendAs(connectionId, (credential) => sendToken(credential, url, request))
    },

    tokens,
  }
}
