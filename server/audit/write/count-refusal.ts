import { sql } from 'kysely'
import { networkOf } from '../../ip-address.ts'
import type { LastWrite } from '../../store/last-writes.ts'
import { compileOnce } from '../../store/statements/compile-once.ts'
import type { LoggedAccess } from '../entry/access-event.ts'

/** The reason of a request that was refused without being read, because its sender had reached a limit. */
export const TOO_MANY_ATTEMPTS = 'too_many_attempts'

/** Reasons for which a request is refused without being read, even if its sender is known. */
const LIMIT_REASONS: readonly (string | undefined)[] = [TOO_MANY_ATTEMPTS, 'busy']

export const MINUTE = 60_000

/** Networks that are counted separately within a minute. There is a limit because an attacker has any number of IPv6 networks. */
const MOST_NETWORKS = 32
/** Stands for all further networks. */
const MANY_NETWORKS = 'many networks'

/**
 * Whether a request is counted instead of logged: it was refused without being read because of a limit, or it failed and its
 * sender proved no identity. It gets an entry all the same if it is about a patient, because a token proves whose record it was for, and
 * so does a wrong password, also for a name that nobody has: everybody may read how long the log is, and would learn which names exist.
 */
export const isCounted = ({ outcome, reason, agent, patients }: LoggedAccess): boolean => {
  if (LIMIT_REASONS.includes(reason)) return true
  const isStranger = agent.accountId === undefined && !agent.isProven
  return outcome !== 'success' && isStranger && patients.length === 0 && reason !== 'wrong_password'
}

/** Requests that are counted together. */
interface CountedRequest {
  readonly minute: number
  readonly network: string
  readonly kind: string
  readonly reason: string
}

export const countedRequest = (
  { kind, outcome, reason, agent }: LoggedAccess,
  now: number,
): CountedRequest => ({
  minute: now - (now % MINUTE),
  network: networkOf(agent.address),
  kind,
  reason: reason ?? outcome,
})

/**
 * Counts requests of strangers by network, minute, kind and reason. Nothing that a stranger sent is stored, and a hundred
 * thousand requests take as much room as one.
 */
export const countRequests: LastWrite<CountedRequest> = async (trx, requests) => {
  const alike = Map.groupBy(requests, ({ minute, network, kind, reason }) =>
    [minute, network, kind, reason].join(),
  )
  for (const [request, ...others] of alike.values())
    if (request) await add(trx, { ...request, requests: 1 + others.length })
}

const add = compileOnce(
  (trx, { minute, network, kind, reason, requests }: CountedRequest & { requests: number }) =>
    trx
      .insertInto('refused_request')
      .values({
        minute,
        network: sql`case
        when exists (select 1 from refused_request as known where known.minute = ${minute} and known.network = ${network})
          or (select count(distinct each.network) from refused_request as each where each.minute = ${minute}) < ${sql.lit(MOST_NETWORKS)}
        then ${network} else ${sql.lit(MANY_NETWORKS)} end`,
        kind,
        reason,
        requests,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['minute', 'network', 'kind', 'reason', 'writer'])
          .doUpdateSet({ requests: sql`refused_request.requests + excluded.requests` }),
      ),
)
