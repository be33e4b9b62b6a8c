import { ProblemError } from '../../messages/errors.ts'
import type { Copies } from '../../storage/copies.ts'
import { items, type Session } from '../../storage/items.ts'
import { findPolicy, forbidsStaying, limitByPolicy } from '../provider/policy.ts'
import type { Providers } from '../provider/providers.ts'
import { noteVisit } from './begin-connection.ts'
import type { GrantStore } from './grant-store.ts'
import { forgetUnsearchable } from './narrow-grant.ts'
import type { ProofKeys } from './proof-keys.ts'
import type { Revocations } from './revocation.ts'
import { requestRefresh } from './tokens.ts'
import { isExcessive, narrowedScope, usableScope } from './usable-scope.ts'

interface Dependencies {
  grants: GrantStore
  copies: Copies
  providers: Providers
  proofKeys: ProofKeys
  revocations: Revocations
}

/** Runs `work` while no session of this connection is stored or deleted. Nothing in it may wait for an organization. */
export const whileNoneEnds = <T>(connectionId: string, work: () => Promise<T>): Promise<T> =>
  navigator.locks.request(`end:${connectionId}`, work)

/** Characters of a stored scope that a refresh asks for. */
const longestNarrowScope = 2000

/**
 * A refresh token that must not be kept is revoked at once if the policy forbids staying connected; one that merely was not requested
 * is revoked with the session, because revoking it ends the access token too (RFC 7009 section 2.1). Tokens that reach too far are
 * exchanged for narrower ones, and the wide access token is revoked. An organization may ignore or refuse that: then nothing but
 * the cut scope is used here.
 */
export const createKeepGrant = ({ grants, copies, providers, proofKeys, revocations }: Dependencies) => {
  const store = async (
    connectionId: string,
    newSession: Session,
    refreshToken: string | undefined,
    isRenewed: boolean,
  ): Promise<void> => {
    const policy = await findPolicy()
    const session = limitByPolicy(newSession, policy)
    const isSurplus = refreshToken !== undefined && !session.staysConnected
    const surplus =
      isSurplus && !forbidsStaying(policy) ? await grants.sealSurplus(connectionId, refreshToken) : undefined
    const { isStored, formerKey } = await whileNoneEnds(connectionId, async () => {
      const former = await items.sessions.find(connectionId)
      if (isRenewed && former?.signedInAt !== session.signedInAt) return { isStored: false }
      // Stores the sealed grant first: once the organization has rotated, the old refresh token is worthless.
      await grants.put(connectionId, session, isSurplus ? undefined : refreshToken)
      await items.sessions.put(connectionId, { ...session, ...(surplus && { surplus }) })
      await noteVisit(connectionId, session)
      return { isStored: true, formerKey: former?.proofKey }
    })
    if (!isStored) {
      const tokens = [refreshToken, session.access?.token].filter((token) => token !== undefined)
      await revocations.queue({ ...session, tokens }, connectionId)
      throw new ProblemError('session-ended')
    }
    await forgetUnsearchable(connectionId)
    if (formerKey !== undefined && formerKey !== session.proofKey) await proofKeys.drop(formerKey)
    if (isSurplus && !surplus) await revocations.revoke({ ...session, tokens: [refreshToken] }, connectionId)
  }

  /**
   * Sends one refresh for the narrower scope. If it is not answered, the wide access token is stored after all, and used only as far
   * as the cut scope.
   */
  const narrow = async (connectionId: string, wide: Session['access']): Promise<void> => {
    const [session, grant] = [await items.sessions.find(connectionId), await grants.find(connectionId)]
    if (!session) return
    const proof = grant?.proofKey === undefined ? undefined : await proofKeys.find(grant.proofKey)
    const answer = grant && (await requestRefresh(providers, grant, proof).catch(() => undefined))
    if (!answer) {
      await items.sessions.change(connectionId, (now) => now && { ...now, ...(wide && { access: wide }) })
      return
    }
    await store(
      connectionId,
      { ...session, access: answer.access },
      answer.refreshToken ?? grant.refreshToken,
      true,
    )
    if (wide) await revocations.revokeAccess({ ...session, tokens: [wide.token] })
  }

  const keep = async (
    connectionId: string,
    session: Session,
    refreshToken: string | undefined,
    { granted, isRenewed }: { granted: string; isRenewed: boolean },
  ): Promise<void> => {
    const policy = await findPolicy()
    const { requestedScope, narrowTo: former, ...terms } = session
    const scope = usableScope(session.scope, requestedScope, policy)
    const narrowTo = isExcessive(granted, requestedScope, policy)
      ? narrowedScope(granted, requestedScope, policy)
      : former
    const askedScope = narrowTo !== undefined && narrowTo.length > longestNarrowScope ? scope : narrowTo
    const cut = { ...terms, requestedScope, scope, ...(askedScope !== undefined && { narrowTo: askedScope }) }
    // Not again for the same scope: this organization ignores it.
    const narrows = askedScope !== undefined && askedScope !== former && refreshToken !== undefined
    if (!narrows) return store(connectionId, cut, refreshToken, isRenewed)
    // Pages read the session as soon as it is stored, and none of them should read with the wide access token.
    const { access, ...waiting } = cut
    await store(connectionId, waiting, refreshToken, isRenewed)
    await narrow(connectionId, access)
  }

  /** Deletes and revokes the stored refresh token of a session that may no longer outlive the browser, with the copies of its record. */
  const giveBackRefreshToken = (connectionId: string, session: Session): Promise<void> =>
    whileNoneEnds(connectionId, async () => {
      const grant = await grants.find(connectionId)
      if (grant) await revocations.queue({ ...session, tokens: [grant.refreshToken] }, connectionId)
      await items.grants.delete(connectionId)
      await copies.drop(connectionId)
      await items.sessions.change(connectionId, (stored) => stored && { ...stored, staysConnected: false })
    })

  return {
    /**
     * Stores what an organization granted at a sign-in (`session.scope`), cut to what was requested and the policy in force allows, and
     * gives back the rest. Call it under the session's lock.
     */
    keepNew: (connectionId: string, session: Session, refreshToken: string | undefined) =>
      keep(connectionId, session, refreshToken, { granted: session.scope, isRenewed: false }),
    /**
     * The same for the answer to a refresh.
     *
     * @param granted the scope as the organization granted it.
     * @throws ProblemError `session-ended` if the session ended meanwhile; the new tokens are then revoked, not stored.
     */
    keepRenewed: (connectionId: string, session: Session, refreshToken: string, granted: string) =>
      keep(connectionId, session, refreshToken, { granted, isRenewed: true }),
    giveBackRefreshToken,
  }
}
