import type { PatientDirectory } from '../../fhir/patient-directory.ts'
import type { Account } from '../token/authorization.ts'
import { type OfferContext, reachOfOffers } from './offers.ts'

/** How many entries of the record each offer of a request reaches; none where it is not about one patient. */
export const recordCounts = async (
  directory: PatientDirectory,
  asked: string,
  account: Account,
  context: OfferContext,
): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>()
  const { patient } = context
  if (patient === undefined) return counts
  const reached = new Map(
    reachOfOffers(asked, account, context).map((each) => [
      JSON.stringify([each.offer, each.type, each.filters]),
      each,
    ]),
  )
  for (const { offer, type, filters } of reached.values())
    counts.set(offer, (counts.get(offer) ?? 0) + (await directory.count(patient, type, filters)))
  return counts
}
