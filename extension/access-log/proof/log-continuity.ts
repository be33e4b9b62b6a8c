import { requireUrl } from '../../../values/parse-address.ts'
import type { LogAccess } from '../../auth/grant/access.ts'
import { readConsistency } from './log-answers.ts'
import type { Checkpoint } from './log-checkpoint.ts'
import { areEqual, verifyConsistency } from './log-tree.ts'

/** The part of a log's proofs that anybody may fetch. */
export type PublicProofs = Pick<LogAccess, 'endpoint' | 'fetchPublic'>

/** Why a checkpoint does not continue an earlier one. */
type Discontinuity = 'forked' | 'rewritten' | 'malformed'

/**
 * Checks that the log of `to` begins with everything that the log of `from` held: by their roots if the sizes are equal,
 * otherwise by a proof that the log gives. Undefined if it does.
 *
 * @param from of no more entries than `to`.
 * @throws ProblemError when the proof cannot be fetched.
 */
export const findDiscontinuity = async (
  log: PublicProofs,
  from: Checkpoint,
  to: Checkpoint,
): Promise<Discontinuity | undefined> => {
  if (to.size === from.size) return areEqual(to.root, from.root) ? undefined : 'forked'
  // Every log continues an empty one.
  if (from.size === 0) return undefined
  const request = { from: from.size, to: to.size }
  const query = Object.entries(request).map(([name, size]) => [name, String(size)] as const)
  const proof = await readConsistency(
    await log.fetchPublic(addressOf(log, 'proof/consistency', query)),
    request,
  )
  if (!proof) return 'malformed'
  return (await verifyConsistency({ from, to, proof })) === 'proven' ? undefined : 'rewritten'
}

/** Returns the address of a part of the log's proofs, such as `checkpoint` or `proof/inclusion`. */
export const addressOf = (
  { endpoint }: Pick<LogAccess, 'endpoint'>,
  name: string,
  query: readonly (readonly [string, string])[] = [],
): URL => {
  const url = requireUrl(`${endpoint.replace(/(?<!\/)\/+$/, '')}/${name}`)
  for (const [parameter, value] of query) url.searchParams.append(parameter, value)
  return url
}
