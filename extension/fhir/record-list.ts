import { ProblemError, toProblem } from '../messages/errors.ts'
import type { RecordEntry, RecordList, RecordType } from '../messages/record-lists.ts'
import type { Source } from '../messages/vitals.ts'
import type { Access, Client, Page, Parameters } from './client.ts'
import { collect } from './paging.ts'
import { entryOf, type Medications } from './record-entry.ts'
import { entriesOf, type Json, object, objects, resourcesOf } from './resource.ts'
import { isVitalSign } from './vitals.ts'

/** The most resources of one type that are read. */
const mostResources = 500
/** The most Observations that are looked through for results without a category. */
const mostUncategorized = 200
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
  Encounter: { _sort: '-date' },
  Procedure: { _sort: '-date' },
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
  const read = await collect(client, first, {
    access,
    limit: mostResources,
    items: function* ({ bundle }: Page) {
      const medications = medicationsIn(bundle)
      for (const resource of resourcesOf(bundle, type)) yield entryOf(type, resource, { source, medications })
    },
  })
  const more =
    type === 'Observation'
      ? await readUncategorized(client, access, { patient, source }).catch(missing)
      : undefined
  const ids = new Set(read.items.map(({ id }) => id))
  const items = [...read.items, ...(more?.items ?? []).filter(({ id }) => !ids.has(id))]
  const entries = cutToLongest(items)
  const warning = read.warning ?? more?.warning
  return {
    entries,
    cut: read.cut || more?.cut === true || entries.length < items.length,
    ...(warning && { warning }),
    readAt: Date.now(),
  }
}

/** What ends the whole question, not only this part of the answer. */
const endings: ReadonlySet<string> = new Set(['locked', 'signed-out', 'session-ended', 'abandoned'])

/** Keeps the results that were read if those without a category cannot be; the list then says that it is not whole. */
const missing = (error: unknown) => {
  const warning = toProblem(error)
  if (endings.has(warning.code)) throw error
  return { items: [], cut: true, warning }
}

/**
 * Reads results among the newest 200 Observations without a category, because not every organization writes one. A server that
 * refuses `:missing` is asked for the newest of all; some ignore it and answer the same.
 */
const readUncategorized = async (
  client: Client,
  access: Access,
  { patient, source }: { patient: string; source: Source },
): Promise<Pick<RecordList, 'cut' | 'warning'> & { items: RecordEntry[] }> => {
  const search = (more: Parameters) =>
    client.search('Observation', { patient, ...more, _sort: '-date', _count: pageSize })
  const first = await search({ 'category:missing': 'true' }).catch((error: unknown) => {
    const code = error instanceof ProblemError ? error.code : undefined
    if (code === 'bad-request') return search({})
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
          entry: isUncategorizedResult(resource)
            ? entryOf('Observation', resource, { source, medications: new Map() })
            : undefined,
        }
    },
  })
  return { ...rest, items: items.flatMap(({ entry }) => entry ?? []) }
}

const isUncategorizedResult = (observation: Json): boolean =>
  objects(observation.category).length === 0 && !isVitalSign(observation)

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
