import { ProblemError } from '../messages/errors.ts'
import type { RecordEntry, RecordList } from '../messages/record-lists.ts'
import type { Source } from '../messages/vitals.ts'
import type { PatientClient } from './about-patient.ts'
import type { Page, Parameters, RecordAccess } from './client.ts'
import { isUncategorizedResult, socialHistoryCodes } from './observation-place.ts'
import { collect } from './paging.ts'
import { loinc } from './read-vitals.ts'
import { entryOf } from './record-entry.ts'
import { resourcesOf } from './resource.ts'

/** The most Observations that are searched for those without a category. */
const mostUncategorized = 200

/**
 * Reads Observations that a search by category misses, because not every organization writes one: smoking and alcohol by their
 * codes, or results among the newest 200 Observations without a category. If a server refuses `:missing`, reads the newest
 * Observations of all kinds; some servers ignore `:missing` and return these anyway.
 */
export const readUncategorized = async (
  client: PatientClient,
  access: RecordAccess,
  { patient, type, source }: { patient: string; type: 'Observation' | 'SocialHistory'; source: Source },
): Promise<Pick<RecordList, 'cut' | 'warning'> & { items: RecordEntry[] }> => {
  const search = (more: Parameters) =>
    client.search('Observation', { patient, ...more, _sort: '-date', _count: '100' })
  const sought: Parameters =
    type === 'Observation'
      ? { 'category:missing': 'true' }
      : { code: socialHistoryCodes.map((code) => `${loinc}|${code}`).join(',') }
  const first = await search(sought).catch((error: unknown) => {
    const code = error instanceof ProblemError ? error.code : undefined
    if (code === 'bad-request' && type === 'Observation') return search({})
    // The grant may be limited to categories.
    if (code === 'refused') return undefined
    throw error
  })
  if (!first) return { items: [], cut: false }
  const { items, ...rest } = await collect(client, first, {
    access,
    limit: mostUncategorized,
    // An item for each resource, so that the limit counts those left out as well.
    items: function* ({ bundle }: Page) {
      for (const resource of resourcesOf(bundle, 'Observation'))
        yield {
          entry:
            type === 'SocialHistory' || isUncategorizedResult(resource)
              ? entryOf(type, resource, { source, medications: new Map() })
              : undefined,
        }
    },
  })
  return { ...rest, items: items.flatMap(({ entry }) => entry ?? []) }
}
