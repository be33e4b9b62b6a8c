import type { Account } from '../../grants/authorization.ts'
import type { CountQuery, Patients } from '../../grants/patients.ts'
import { type OfferContext, reachOfOffers } from './offers.ts'

/**
 * Counts the entries of the record that each offer reaches; empty if the request does not concern one patient. An offer whose
 * entries cannot be counted now is left out: the person can decide without the number.
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
  for (const { offer, query } of countQueriesOf(requestedScope, account, context)) {
    const count = await patients.count(patient, query)
    if (count === undefined) uncounted.add(offer)
    else counts.set(offer, (counts.get(offer) ?? 0) + count)
  }
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
