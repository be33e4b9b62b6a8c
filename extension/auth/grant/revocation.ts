import {
  None,
  processRevocationResponse,
  ResponseBodyError,
  revocationRequest,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import { requireUrl } from '../../../values/parse-address.ts'
import type { RevocationOutcome, Unrevoked } from '../../messages/state.ts'
import { isFull } from '../../storage/area.ts'
import { items, type Revocation, type StoredUnrevoked, type WaitingRevocation } from '../../storage/items.ts'
import { records, type Vault } from '../../storage/vault.ts'
import { oauthClient, oauthOptions } from '../provider/oauth-requests.ts'
import type { Providers } from '../provider/providers.ts'
import { forPerson } from './management-page.ts'

/** A sealed revocation that is to be stored before anything else happens, and then tried. */
export interface PreparedRevocation {
  waiting: WaitingRevocation
  /**
   * Revokes every token at the organization (RFC 7009). If it cannot be reached, tries again later; otherwise deletes what was stored. A
   * token that was not revoked is reported to the person, unless somebody who shows the outcome takes the report back.
   */
  attempt(): Promise<AttemptedRevocation>
}

export interface AttemptedRevocation {
  outcome: RevocationOutcome
  /** The id of the report; absent if there is nothing to report. */
  report?: string | undefined
}

export interface Revocations {
  /**
   * Seals a revocation for the write that ends its session.
   *
   * @param session whose row says, after a failed try, that the organization is not told; the person learns when a later try succeeded.
   */
  prepare(
    revocation: Revocation,
    session?: Pick<WaitingRevocation, 'connectionId' | 'signedInAt' | 'quiet'>,
  ): Promise<PreparedRevocation>
  /** Stores the revocation of tokens that no session holds, then tries it. */
  revoke(revocation: Revocation, connectionId?: string): Promise<void>
  /** Tries once to revoke an access token whose grant goes on. Nobody is told, because it soon ends by itself. */
  revokeAccess(revocation: Revocation): Promise<void>
  /** Takes reports back, because a page shows what they say, or the person dismissed them. */
  dismiss(reports: readonly string[]): Promise<void>
  /** Revokes a minute later, so that no caller waits. If the organization offers no revocation, reports that to the person. */
  queue(revocation: Revocation, connectionId: string): Promise<void>
  /**
   * Tries the revocations that are due, or all. Deletes each one that was answered or has waited a day, and reports it to the
   * person if it was not revoked.
   */
  retry(which: 'due' | 'all'): Promise<void>
  /** Returns the grants that could not be revoked and that the person has not seen, each with the person's name. */
  reported(): Promise<Unrevoked[]>
  /** Returns when the next try is due, in milliseconds since 1970; undefined if nothing waits. */
  nextTry(): Promise<number | undefined>
  /** Tries all once more, then deletes them. Returns every failure that the person has not seen; they are no longer stored. */
  finish(): Promise<Unrevoked[]>
}

const minute = 60_000
const hour = 60 * minute
/**
 * When to try again, in milliseconds after the first failure. After the last try the grant is left to expire, and the person is
 * told.
 */
const waitTimes = [minute, 10 * minute, hour, 6 * hour, 24 * hour]

export const createRevocations = ({
  vault,
  providers,
}: {
  vault: Vault
  providers: Providers
}): Revocations => {
  const attempt = async (revocation: Revocation): Promise<RevocationOutcome> => {
    const { clientId, server, tokens } = revocation
    if (!server.revocation_endpoint) return 'not-offered'
    try {
      const authentication = await authenticationFor(revocation)
      const options = oauthOptions(server.revocation_endpoint)
      for (const token of tokens) {
        const client = oauthClient(clientId)
        await processRevocationResponse(
          await revocationRequest(server, client, authentication, token, options),
        )
      }
      return 'revoked'
    } catch (error) {
      const isAnswer = error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError
      return isAnswer && error.status < 500 && error.status !== 429 ? 'refused' : 'unreachable'
    }
  }

  /** Uses no secret if the provider was removed or changed, because the stored secret is not for the grant's organization. */
  const authenticationFor = async ({ providerId, fhirBase, clientId, server }: Revocation) => {
    const provider = (await providers.list()).find(({ id }) => id === providerId)
    const isSame = provider?.fhirBase === fhirBase && provider.clientId === clientId
    if (!isSame) return None()
    return providers.clientAuthentication({ id: providerId, fhirBase, clientId }, server.issuer)
  }

  /** Seals only the members that revoking needs, because callers pass whole sessions. */
  const seal = async (
    revocation: Revocation,
    terms: Pick<WaitingRevocation, 'connectionId' | 'signedInAt' | 'quiet'>,
  ) => {
    const { providerId, fhirBase, clientId, server, tokens, endsAt, endsBy } = revocation
    const { issuer, revocation_endpoint, management_endpoint: account } = server
    const { connectionId } = terms
    // Now, because the connection may be gone when the address is needed.
    const page = account && connectionId !== undefined ? await forPerson(account, connectionId) : account
    const needed: Revocation = {
      providerId,
      fhirBase,
      clientId,
      server: {
        issuer,
        ...(revocation_endpoint && { revocation_endpoint }),
        ...(page && { management_endpoint: page }),
      },
      tokens,
      ...(endsAt !== undefined && { endsAt }),
      ...(endsBy && { endsBy }),
    }
    const sealed = await vault.seal(records.revocation, needed)
    const waiting: WaitingRevocation = { ...sealed, since: Date.now(), ...terms }
    return { needed, waiting }
  }

  const store = async (waiting: WaitingRevocation): Promise<void> => {
    await items.revocations.update((all) => [...all, waiting])
  }

  const noticeOf = async (
    { providerId, fhirBase, server }: Revocation,
    connectionId: string | undefined,
  ): Promise<StoredUnrevoked> => {
    const provider = (await providers.list()).find(({ id }) => id === providerId)
    const isSame = provider?.fhirBase === fhirBase
    const page = server.management_endpoint
    return {
      id: crypto.randomUUID(),
      at: Date.now(),
      organization: isSame ? provider.label : requireUrl(fhirBase).host,
      ...(connectionId !== undefined && { connectionId }),
      ...(page && { page }),
    }
  }

  const report = async (notice: StoredUnrevoked): Promise<void> => {
    await items.unrevoked.update((all) => [...all, notice].slice(-mostNotices))
  }

  /** Reports a failed revocation to the person, unless the grant has expired at the organization as well. */
  const reportToPerson = async (
    revocation: Revocation,
    connectionId?: string,
  ): Promise<string | undefined> => {
    if (hasExpiredThere(revocation)) return undefined
    const notice = await noticeOf(revocation, connectionId)
    await report(notice)
    return notice.id
  }

  const dismiss: Revocations['dismiss'] = async (reports) => {
    if (reports.length > 0)
      await items.unrevoked.update((all) => all.filter(({ id }) => !reports.includes(id)))
  }

  /** Reports that access has ended at last. */
  const reportEnd = async (revocation: Revocation, connectionId: string): Promise<void> => {
    const { page: _, ...notice } = await noticeOf(revocation, connectionId)
    await report({ ...notice, ended: true })
  }

  /** Tries once more, then updates storage. If the worker stops in between, revoking twice does no harm. */
  const tryAgain = async (waiting: WaitingRevocation): Promise<void> => {
    const revocation = await vault.open<Revocation>(records.revocation, waiting)
    const outcome = revocation && (await attempt(revocation))
    const revocationAfterTry = { ...waiting, tried: Date.now() }
    const waitsLonger = outcome === 'unreachable' && dueAfter(revocationAfterTry) !== undefined
    if (revocation && !waitsLonger) {
      const { connectionId, quiet } = waiting
      const hasEnded = outcome === 'revoked' || hasExpiredThere(revocation)
      if (!hasEnded) await reportToPerson(revocation, connectionId)
      else if (connectionId !== undefined && !quiet) await reportEnd(revocation, connectionId)
    }
    await items.revocations.update((all) =>
      all.flatMap((each) => (each.iv !== waiting.iv ? [each] : waitsLonger ? [revocationAfterTry] : [])),
    )
  }

  const prepare: Revocations['prepare'] = async (revocation, session = {}) => {
    const { needed, waiting } = await seal(revocation, session)
    return {
      waiting,
      attempt: async () => {
        const outcome = needed.tokens.length === 0 ? 'revoked' : await attempt(needed)
        const isFailed = outcome === 'refused' || outcome === 'not-offered'
        const report = isFailed ? await reportToPerson(needed, session.connectionId) : undefined
        const failed = outcome === 'unreachable' ? [{ ...waiting, tried: Date.now() }] : []
        await items.revocations.update((all) => [...all.filter(({ iv }) => iv !== waiting.iv), ...failed])
        return { outcome, report }
      },
    }
  }

  const revoke: Revocations['revoke'] = async (revocation, connectionId) => {
    if (revocation.tokens.length === 0) return
    // Quiet, because the connection itself goes on.
    const { waiting, attempt } = await prepare(revocation, {
      ...(connectionId !== undefined && { connectionId, quiet: true }),
    })
    // Without room to store it, there is this one try.
    await store(waiting).catch((error) => isFull(error) || Promise.reject(error))
    await attempt()
  }

  const retry: Revocations['retry'] = (which) =>
    navigator.locks.request('revocations', async () => {
      const waiting = await items.revocations.get()
      await Promise.all(waiting.filter((each) => which === 'all' || isDue(each)).map(tryAgain))
    })

  const reported: Revocations['reported'] = async () => {
    const [notices, connections] = await Promise.all([items.unrevoked.get(), items.connections.get()])
    return notices.map(({ connectionId = '', ...notice }) => {
      const person = connections[connectionId]?.person.name
      return { ...notice, ...(person && { connectionId, person }) }
    })
  }

  return {
    prepare,
    revoke,
    revokeAccess: async (revocation) => void (await attempt(revocation)),
    dismiss,
    reported,

    queue: async (revocation, connectionId) => {
      if (revocation.tokens.length === 0) return
      const { needed, waiting } = await seal(revocation, { connectionId, quiet: true })
      if (needed.server.revocation_endpoint) await store(waiting)
      else await reportToPerson(needed, connectionId)
    },

    retry,

    finish: async () => {
      await retry('all')
      const waiting = await items.revocations.get()
      for (const each of waiting) {
        const revocation = await vault.open<Revocation>(records.revocation, each)
        if (revocation) await reportToPerson(revocation, each.connectionId)
      }
      await items.revocations.set([])
      const notices = await reported()
      await items.unrevoked.set([])
      return notices.filter(({ ended }) => !ended)
    },

    nextTry: async () => {
      const due = (await items.revocations.get()).map((waiting) => dueAfter(waiting) ?? Date.now())
      return due.length === 0 ? undefined : Math.min(...due)
    },
  }
}

/** Checks whether the grant has expired at the organization. An end that our policy set (`endsBy`) does not count there. */
const hasExpiredThere = ({ endsAt, endsBy }: Revocation): boolean =>
  endsAt !== undefined && endsBy === undefined && endsAt <= Date.now()

const mostNotices = 20

/**
 * Returns until when each connection's revocation is tried, in milliseconds since 1970, by connection id. While the first try is
 * under way, there is nothing to tell yet.
 */
export const waitingUntil = (
  waiting: readonly WaitingRevocation[],
): ReadonlyMap<string | undefined, number> =>
  new Map(
    waiting
      .filter(({ quiet, tried }) => !quiet && tried !== undefined)
      .map(({ connectionId, since }) => [connectionId, since + Math.max(...waitTimes)]),
  )

const isDue = (waiting: WaitingRevocation): boolean => (dueAfter(waiting) ?? 0) <= Date.now()

const dueAfter = ({ since, tried = since }: WaitingRevocation): number | undefined =>
  waitTimes.map((wait) => since + wait).find((due) => due > tried)
