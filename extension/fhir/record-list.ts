import { ProblemError } from '../messages/errors.ts'
import type { RecordEntry, RecordList, RecordType } from '../messages/record-lists.ts'
import type { Source } from '../messages/vitals.ts'
import type { Access, Client, Page, Parameters } from './client.ts'
import { collect } from './paging.ts'
import { entryOf, type Medications } from './record-entry.ts'
import { entriesOf, type Json, object, resourcesOf } from './resource.ts'

/** As many resources of a type as are read at most, and how many with one request. */
const limit = 500
const page = '100'
/** What a page is handed at once: as JSON, in characters. Far more than 500 entries with a narrative each usually have. */
const longest = 2_000_000

/** How each type is searched, beside by patient. Where there may be many, the newest come first. */
const searches: Readonly<Record<RecordType, Parameters>> = {
  Condition: {},
  MedicationRequest: { _include: 'MedicationRequest:medication' },
  MedicationStatement: { _include: 'MedicationStatement:medication' },
  AllergyIntolerance: {},
  Immunization: { _sort: '-date' },
  Observation: { category: 'laboratory', _sort: '-date' },
  DiagnosticReport: { _sort: '-date' },
}

/** All of one type that one organization has of a patient. Throws `ProblemError`. */
export const readRecordList = async (
  client: Client,
  access: Access,
  { patient, type, source }: { patient: string; type: RecordType; source: Source },
): Promise<RecordList> => {
  const first = await searchFirst(client, type, patient)
  const { items, cut, warning } = await collect(client, first, {
    access,
    enough: limit,
    items: function* ({ bundle }: Page) {
      const medications = medicationsIn(bundle)
      for (const resource of resourcesOf(bundle, type)) yield entryOf(type, resource, { source, medications })
    },
  })
  const entries = withinLongest(items)
  return {
    entries,
    cut: cut || entries.length < items.length,
    ...(warning && { warning }),
    readAt: Date.now(),
  }
}

const withinLongest = (entries: readonly RecordEntry[]): RecordEntry[] => {
  let characters = 0
  const end = entries.findIndex((entry) => {
    characters += JSON.stringify(entry).length
    return characters > longest
  })
  return entries.slice(0, end < 0 ? entries.length : end)
}

/** An organization that does not know `_include` may refuse all of it: then medications go by what they are called. */
const searchFirst = async (client: Client, type: RecordType, patient: string): Promise<Page> => {
  const { _include, ...search } = searches[type]
  const searchWith = (more: Parameters) => client.search(type, { patient, ...search, ...more, _count: page })
  try {
    return await searchWith({ _include })
  } catch (error) {
    if (_include && error instanceof ProblemError && error.code === 'bad-request') return searchWith({})
    throw error
  }
}

/** A server may mark them as included, or not. */
const medicationsIn = (bundle: Json): Medications =>
  new Map(
    entriesOf(bundle)
      .map(({ resource }) => object(resource))
      .filter(({ resourceType }) => resourceType === 'Medication')
      .map((medication) => [medication.id, medication]),
  )
