import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from '../../grants/authorization.ts'
import type { CountQuery, Patients } from '../../grants/patients.ts'
import { type OfferContext, reachOfOffers } from './offers.ts'

/** In milliseconds. */
const LONGEST = 2_000

/**
 * Counts the entries of the record that each offer reaches; empty if the request does not concern one patient. An offer whose
 * entries cannot be counted now, or in 2 s, is left out: the person can decide without the number.
 */
export const recordCounts = async (
  patients: Patients,
  requestedScope: string,
  account: Account,
  context: OfferContext,
): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>()
  const { patient } = context
  if (patient === undefined) return counts
  const uncounted = new Set<string>()
  const answering = new AbortController()
  const isLate = sleep(LONGEST, undefined, { signal: answering.signal }).catch(() => undefined)
  const countOffer = async ({ offer, query }: { offer: string; query: CountQuery }) => {
    const count = await Promise.race([patients.count(patient, query), isLate])
    if (count === undefined) uncounted.add(offer)
    else counts.set(offer, (counts.get(offer) ?? 0) + count)
  }
  await Promise.all(countQueriesOf(requestedScope, account, context).map(countOffer)).finally(() =>
    answering.abort(),
  )
  for (const offer of uncounted) counts.delete(offer)
  return counts
}

/** Groups the types that each offer reaches by filter, without duplicates. */
const countQueriesOf = (
  requestedScope: string,
  account: Account,
  context: OfferContext,
): { offer: string; query: CountQuery }[] => {
  const groups = new Map<string, { offer: string; query: CountQuery }>()
  for (const { offer, type, filters, query } of reachOfOffers(requestedScope, account, context)) {
    const key = JSON.stringify([offer, filters])
    const types = new Set(groups.get(key)?.query.types).add(type)
    groups.set(key, { offer, query: { types: [...types], filters, query } })
  }
  return [...groups.values()]
}
