import { ProblemError } from '../messages/errors.ts'
import type { RecordEntry, RecordList, RecordType } from '../messages/record-lists.ts'
import type { Source } from '../messages/vitals.ts'
import type { Access, Client, Page, Parameters } from './client.ts'
import { collect } from './paging.ts'
import { entryOf, type Medications } from './record-entry.ts'
import { entriesOf, type Json, object, resourcesOf } from './resource.ts'

/** The most resources of one type that are read. */
const mostResources = 500
/** The most resources that one request asks for. */
const pageSize = '100'
/** The longest list that a page is given, in characters of JSON: far more than 500 entries with narratives usually take. */
const longestList = 2_000_000

/** The search parameters of each type, besides the patient. Types with many resources are sorted newest first. */
const searches: Readonly<Record<RecordType, Parameters>> = {
  Condition: {},
  MedicationRequest: { _include: 'MedicationRequest:medication' },
  MedicationStatement: { _include: 'MedicationStatement:medication' },
  AllergyIntolerance: {},
  Immunization: { _sort: '-date' },
  Observation: { category: 'laboratory', _sort: '-date' },
  DiagnosticReport: { _sort: '-date' },
}

/**
 * Reads what one organization holds of one type about a patient, up to the limits above.
 *
 * @throws ProblemError
 */
export const readRecordList = async (
  client: Client,
  access: Access,
  { patient, type, source }: { patient: string; type: RecordType; source: Source },
): Promise<RecordList> => {
  const first = await searchFirst(client, type, patient)
  const { items, cut, warning } = await collect(client, first, {
    access,
    limit: mostResources,
    items: function* ({ bundle }: Page) {
      const medications = medicationsIn(bundle)
      for (const resource of resourcesOf(bundle, type)) yield entryOf(type, resource, { source, medications })
    },
  })
  const entries = cutToLongest(items)
  return {
    entries,
    cut: cut || entries.length < items.length,
    ...(warning && { warning }),
    readAt: Date.now(),
  }
}

/** Keeps the first entries, as many as fit into the longest list. */
const cutToLongest = (entries: readonly RecordEntry[]): RecordEntry[] => {
  let characters = 0
  const end = entries.findIndex((entry) => {
    characters += JSON.stringify(entry).length
    return characters > longestList
  })
  return entries.slice(0, end < 0 ? entries.length : end)
}

/** Searches with `_include`. If the server refuses that, searches without it; medications are then named by their reference. */
const searchFirst = async (client: Client, type: RecordType, patient: string): Promise<Page> => {
  const { _include, ...search } = searches[type]
  const searchWith = (more: Parameters) =>
    client.search(type, { patient, ...search, ...more, _count: pageSize })
  try {
    return await searchWith({ _include })
  } catch (error) {
    if (_include && error instanceof ProblemError && error.code === 'bad-request') return searchWith({})
    throw error
  }
}

/** Finds included medications by their type, because not every server marks them with `search.mode` `include`. */
const medicationsIn = (bundle: Json): Medications =>
  new Map(
    entriesOf(bundle)
      .map(({ resource }) => object(resource))
      .filter(({ resourceType }) => resourceType === 'Medication')
      .map((medication) => [medication.id, medication]),
  )
