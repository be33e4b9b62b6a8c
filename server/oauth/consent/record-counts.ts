import type { Account } from '../../grants/authorization.ts'
import type { CountQuery, Patients } from '../../grants/patients.ts'
import { type OfferContext, reachOfOffers } from '../terms/offers.ts'

/** How many entries of the record an offer reaches, or the company from which they were not fetched yet. */
export type RecordCount = Readonly<Record<Counted, number>> | { readonly notReadFrom: string }

/**
 * Documents and devices are counted apart: nobody takes "9 entries" of visits and care for them, and the list of that name in
 * Carekey shows visits and procedures.
 */
type Counted = 'entries' | 'documents' | 'devices'

/** Types of a patient's record that were never completely fetched from a company. */
export interface Unfetched {
  readonly from: string
  readonly types: readonly string[]
}

/** In milliseconds. */
const LONGEST = 2_000

/**
 * Counts the entries of the record that each offer reaches, one offer after another; empty if the request does not concern one patient.
 * An offer whose entries cannot be counted now, or in 2 s, is left out: the person can decide without the number.
 */
export const recordCounts = async (
  patients: Patients,
  requestedScope: string,
  account: Account,
  context: OfferContext,
  unfetched?: Unfetched,
): Promise<ReadonlyMap<string, RecordCount>> => {
  const counts = new Map<string, RecordCount>()
  const { patient } = context
  if (patient === undefined) return counts
  const uncounted = new Set<string>()
  const countFor = patients.counter(AbortSignal.timeout(LONGEST))
  for (const { offer, of, query } of countQueriesOf(requestedScope, account, context)) {
    if (unfetched && query.types.some((type) => unfetched.types.includes(type))) {
      counts.set(offer, { notReadFrom: unfetched.from })
      continue
    }
    const count = await countFor(patient, query)
    const others = counts.get(offer) ?? { entries: 0, documents: 0, devices: 0 }
    if (count === undefined) uncounted.add(offer)
    else if ('entries' in others) counts.set(offer, { ...others, [of]: others[of] + count })
  }
  for (const offer of uncounted) counts.delete(offer)
  return counts
}

interface OfferQuery {
  readonly offer: string
  readonly of: Counted
  readonly query: CountQuery
}

const DOCUMENTS: ReadonlySet<string> = new Set([
  'DocumentReference',
  'CarePlan',
  'CareTeam',
  'Goal',
  'Coverage',
  'Provenance',
  'RelatedPerson',
  'Group',
  'List',
])

const countedAs = (type: string): Counted =>
  type === 'Device' ? 'devices' : DOCUMENTS.has(type) ? 'documents' : 'entries'

/** Groups the types that each offer reaches by filter, without duplicates. */
const countQueriesOf = (requestedScope: string, account: Account, context: OfferContext): OfferQuery[] => {
  const groups = new Map<string, OfferQuery>()
  for (const { offer, type, filters, query } of reachOfOffers(requestedScope, account, context)) {
    const of = countedAs(type)
    const key = JSON.stringify([offer, of, filters])
    const types = new Set(groups.get(key)?.query.types).add(type)
    groups.set(key, { offer, of, query: { types: [...types], filters, query } })
  }
  return [...groups.values()]
}
