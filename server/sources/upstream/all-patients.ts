import { MOST_COUNTED } from '../../fhir/search/concerned-patients.ts'
import { type FhirError, upstreamCostly } from '../../fhir-error.ts'
import type { Query } from '../../query/query.ts'
import { matchesAll, type UpstreamRow } from './row.ts'
import { streamsOf } from './streams.ts'
import { budgetOf, type WalkInput, walk } from './walk.ts'

/** The most pages that are read to find them. */
const MOST_PAGES = 10

type Asked = Pick<Query, 'type' | 'filters' | 'usedParameters'>

/**
 * Finds the patients in whose records something matches, `MOST_COUNTED` and a few more at most. The log has to name all of them,
 * and those who were found before a refusal.
 *
 * @returns also a refusal, 403, if they cannot all be found.
 */
export const allPatients = async (
  { upstream, report }: Pick<WalkInput, 'upstream' | 'report'>,
  { type, filters, usedParameters }: Asked,
): Promise<{ patients: ReadonlySet<string>; refusal?: FhirError }> => {
  const rows = walk({
    upstream,
    streams: streamsOf({ type, filters, reach: [{}], usedParameters }, await upstream.offer()),
    count: MOST_COUNTED + 1,
    budget: budgetOf(MOST_PAGES),
    accepts: (row: UpstreamRow) => matchesAll(row, filters),
    report,
  })
  const patients = new Set<string>()
  for (let row = await rows.next(); row; row = await rows.next()) {
    for (const patient of row.patients) patients.add(patient)
    if (patients.size > MOST_COUNTED) return { patients }
  }
  return { patients, ...(rows.place() !== undefined && { refusal: upstreamCostly() }) }
}
