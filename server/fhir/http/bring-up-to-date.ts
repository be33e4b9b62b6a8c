import type { Query } from '../../query/query.ts'
import { compartmentsOf, type Reach } from '../access/decide-access.ts'
import { targetsIn } from '../search/named-patients.ts'
import type { Exchange } from './exchange.ts'

/**
 * Has new readings fetched before a record is read: of the patients whose records the holder reaches, or, if those are all, of
 * the one whom the request names. An answer about more patients says up to when their readings are.
 */
export const bringUpToDate = async (
  { answering: { feed }, missing }: Exchange,
  { type, reach, named, hasReadings }: Asked & { readonly type: string; readonly reach: Reach },
): Promise<void> => {
  if (!feed || type === 'AuditEvent') return
  const own = compartmentsOf(reach)
  const patients = own ?? (named.length === 1 ? named : [])
  const sentences = await Promise.all(patients.map((patient) => feed.bringUpToDate(patient)))
  if (own === undefined && patients.length === 0 && hasReadings(feed.type))
    sentences.push(await feed.describeAll())
  for (const sentence of sentences)
    if (sentence !== undefined && !missing.includes(sentence)) missing.push(sentence)
}

interface Asked {
  /** Ids of the patients whom the request names. */
  readonly named: readonly string[]
  /** Whether the answer may have resources of this type. */
  readonly hasReadings: (type: string) => boolean
}

/** Returns what `bringUpToDate` needs of a search. */
export const askedBy = ({ type, filters, includes = [] }: Query): Asked & { readonly type: string } => ({
  type,
  named: [
    ...new Set(
      filters
        .flatMap((filter) => targetsIn(type, filter))
        .flatMap(({ isPatient, id }) => (isPatient ? [id] : [])),
    ),
  ],
  hasReadings: (readings) =>
    type === readings || includes.some(({ direction, source }) => direction === 'in' && source === readings),
})
