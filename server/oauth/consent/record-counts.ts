import type { Account } from '../../grants/authorization.ts'
import type { Counted, Patients } from '../../grants/patients.ts'
import { type OfferContext, reachOfOffers } from './offers.ts'

/** Counts the entries of the record that each offer reaches; empty if the request does not concern one patient. */
export const recordCounts = async (
  patients: Patients,
  asked: string,
  account: Account,
  context: OfferContext,
): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>()
  const { patient } = context
  if (patient === undefined) return counts
  for (const { offer, counted } of countedOf(asked, account, context))
    counts.set(offer, (counts.get(offer) ?? 0) + (await patients.count(patient, counted)))
  return counts
}

/** Groups the types that each offer reaches by filter, without duplicates. */
const countedOf = (
  asked: string,
  account: Account,
  context: OfferContext,
): { offer: string; counted: Counted }[] => {
  const groups = new Map<string, { offer: string; counted: Counted }>()
  for (const { offer, type, filters, query } of reachOfOffers(asked, account, context)) {
    const key = JSON.stringify([offer, filters])
    const types = new Set(groups.get(key)?.counted.types).add(type)
    groups.set(key, { offer, counted: { types: [...types], filters, query } })
  }
  return [...groups.values()]
}
