import {
  None,
  processRevocationResponse,
  ResponseBodyError,
  revocationRequest,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import type { RevocationOutcome } from '../messages/state.ts'
import { items, type Revocation, type WaitingRevocation } from '../storage/items.ts'
import { records } from '../storage/records.ts'
import type { Vault } from '../storage/vault.ts'
import { oauthClient, oauthOptions } from './oauth-options.ts'
import type { Providers } from './providers.ts'

export interface Revocations {
  /** Has the organization take every token back (RFC 7009). When it cannot be reached, they wait, sealed, for more tries. */
  revoke(revocation: Revocation): Promise<RevocationOutcome>
  /** The same, a minute later: nobody waits for it. */
  queue(revocation: Revocation): Promise<void>
  /** Tries those whose time has come, or all. Whatever was answered, or has waited a day, is kept no longer. */
  retry(which: 'due' | 'all'): Promise<void>
  /** When the next try is due, milliseconds since 1970; undefined when nothing waits. */
  nextTry(): Promise<number | undefined>
}

const minute = 60_000
const hour = 60 * minute
/** After the first failure. After the last of them, what was allowed is left to end by its time. */
const waits = [minute, 10 * minute, hour, 6 * hour, 24 * hour]

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
      const answered = error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError
      return answered && error.status < 500 && error.status !== 429 ? 'refused' : 'unreachable'
    }
  }

  /** The provider may have become another since, whose secret is none of the former's business; or it is removed. */
  const authenticationFor = async ({ providerId, fhirBase, clientId, server }: Revocation) => {
    const provider = (await providers.list()).find(({ id }) => id === providerId)
    const isSame = provider?.fhirBase === fhirBase && provider.clientId === clientId
    if (!isSame) return None()
    return providers.clientAuthentication({ id: providerId, fhirBase, clientId }, server.issuer)
  }

  /** Nothing else of what it was part of is kept. */
  const keep = async ({ providerId, fhirBase, clientId, server, tokens }: Revocation): Promise<void> => {
    const { issuer, revocation_endpoint } = server
    const only = { issuer, ...(revocation_endpoint && { revocation_endpoint }) }
    const kept: Revocation = { providerId, fhirBase, clientId, server: only, tokens }
    const sealed = await vault.seal(records.revocation, kept)
    const now = Date.now()
    await items.revocations.update((waiting) => [...waiting, { ...sealed, since: now, tried: now }])
  }

  /** A worker that is stopped in between has lost nothing: being told twice changes nothing there. */
  const tryAgain = async (waiting: WaitingRevocation): Promise<void> => {
    const revocation = await vault.open<Revocation>(records.revocation, waiting)
    const outcome = revocation && (await attempt(revocation))
    const tried = { ...waiting, tried: Date.now() }
    const waitsOn = outcome === 'unreachable' && dueAfter(tried) !== undefined
    await items.revocations.update((all) =>
      all.flatMap((each) => (each.iv !== waiting.iv ? [each] : waitsOn ? [tried] : [])),
    )
  }

  return {
    revoke: async (revocation) => {
      if (revocation.tokens.length === 0) return 'revoked'
      const outcome = await attempt(revocation)
      if (outcome === 'unreachable') await keep(revocation)
      return outcome
    },

    queue: async (revocation) => {
      if (revocation.tokens.length > 0 && revocation.server.revocation_endpoint) await keep(revocation)
    },

    retry: (which) =>
      navigator.locks.request('revocations', async () => {
        const waiting = await items.revocations.get()
        await Promise.all(waiting.filter((each) => which === 'all' || isDue(each)).map(tryAgain))
      }),

    nextTry: async () => {
      const due = (await items.revocations.get()).map((waiting) => dueAfter(waiting) ?? Date.now())
      return due.length === 0 ? undefined : Math.min(...due)
    },
  }
}

const isDue = (waiting: WaitingRevocation): boolean => (dueAfter(waiting) ?? 0) <= Date.now()

const dueAfter = ({ since, tried }: WaitingRevocation): number | undefined =>
  waits.map((wait) => since + wait).find((due) => due > tried)
