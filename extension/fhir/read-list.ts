import { ProblemError, toProblem } from '../messages/errors.ts'
import {
  cutMark,
  type RecordEntry,
  type RecordList,
  type RecordType,
  resourceTypeOf,
} from '../messages/record-lists.ts'
import type { Source } from '../messages/vitals.ts'
import { omittedOf, type PatientClient } from './about-patient.ts'
import type { Page, Parameters, RecordAccess } from './client.ts'
import { collect, UNREADABLE } from './paging.ts'
import { loinc } from './read-vitals.ts'
import { entryOf, type Medications, noMedications } from './record-entry.ts'
import { idReferred } from './reference.ts'
import { createReportResults, isUncategorizedResult, mostIds, socialHistoryCodes } from './report-results.ts'
import { entriesOf, isId, type Json, object, resourcesOf } from './resource.ts'

/** The most resources of one type that are read. */
const mostResources = 500
/** The most DiagnosticReports and their results together. */
const mostReportsAndResults = 1500
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
  Observation: { category: 'laboratory,LAB', _sort: '-date' },
  DiagnosticReport: { _sort: '-date', _include: 'DiagnosticReport:result' },
  Encounter: { _sort: '-date' },
  Procedure: { _sort: '-date' },
  SocialHistory: { category: 'social-history', _sort: '-date' },
}

/**
 * Reads what one organization holds of one type about a patient, up to the limits above.
 *
 * @param options.anyCategory whether the grant covers Observations of any category; otherwise only those of the list are
 * requested.
 * @throws ProblemError
 */
export const readRecordList = async (
  client: PatientClient,
  access: RecordAccess,
  {
    patient,
    type,
    source,
    anyCategory = true,
  }: { patient: string; type: RecordType; source: Source; anyCategory?: boolean },
): Promise<RecordList> => {
  const withResults = type === 'DiagnosticReport' && anyCategory
  const results = createReportResults(source)
  const leftOut: string[] = []
  const first = await searchFirst(client, type, patient, type !== 'DiagnosticReport' || withResults)
  const result = await collect(client, first, {
    access,
    limit: withResults ? mostReportsAndResults : mostResources,
    items: function* ({ bundle }: Page) {
      const medications = medicationsIn(bundle, access.fhirBase)
      const resources = resourcesOf(bundle, resourceTypeOf(type))
      for (const resource of resources) {
        const entry = entryOf(type, resource, { source, medications })
        if (!entry && type === 'Observation' && isId(resource.id) && leftOut.length < mostIds)
          leftOut.push(resource.id)
        yield entry
      }
      if (withResults) yield* results.entriesOn(bundle, resources)
    },
  })
  const more =
    anyCategory && (type === 'Observation' || type === 'SocialHistory')
      ? await readUncategorized(client, access, { patient, type, source }).catch(missing)
      : undefined
  const ids = new Set(result.items.map(({ id }) => id))
  const items = [...result.items, ...(more?.items ?? []).filter(({ id }) => !ids.has(id))]
  const { entries, ...texts } = cutToLongest(items)
  const warning = result.warning ?? more?.warning
  const missingResults = withResults ? results.missing() : []
  return {
    entries,
    cut: result.cut || more?.cut === true || entries.length < items.length,
    ...texts,
    ...(warning && { warning }),
    ...omittedOf(client, result.unreadable + (more?.unreadable ?? 0)),
    ...(missingResults.length > 0 && { missingResults }),
    ...(leftOut.length > 0 && { leftOut }),
    readAt: Date.now(),
  }
}

/** Codes of problems that fail the whole request, not only this part of it. */
const endings: ReadonlySet<string> = new Set(['locked', 'signed-out', 'session-ended', 'abandoned'])

/**
 * Keeps the results that were already read if those without a category cannot be read; the list then says that it is incomplete.
 */
const missing = (error: unknown) => {
  const warning = toProblem(error)
  if (endings.has(warning.code)) throw error
  return { items: [], unreadable: 0, cut: true, warning }
}

/** Keeps the first entries, as many as fit into the longest list, and says whether a text of one is cut. */
const cutToLongest = (all: readonly RecordEntry[]): Pick<RecordList, 'entries' | 'shortened'> => {
  let characters = 0
  let shortened = 0
  const end = all.findIndex((entry) => {
    const json = JSON.stringify(entry)
    if (json.includes(cutMark)) shortened++
    characters += json.length
    return characters > longestList
  })
  return {
    entries: all.slice(0, end < 0 ? all.length : end),
    ...(shortened > 0 && { shortened: true }),
  }
}

/**
 * Searches with `_include`. If the server refuses that, searches without it; medications are then named by their reference,
 * and results that only a report names are missing.
 */
const searchFirst = async (
  client: PatientClient,
  type: RecordType,
  patient: string,
  mayInclude: boolean,
): Promise<Page> => {
  const { _include: usualInclude, ...search } = searches[type]
  const _include = mayInclude ? usualInclude : undefined
  const searchWith = (more: Parameters) =>
    client.search(resourceTypeOf(type), { patient, ...search, ...more, _count: pageSize })
  try {
    return await searchWith({ _include })
  } catch (error) {
    if (_include && error instanceof ProblemError && error.code === 'bad-request') return searchWith({})
    throw error
  }
}

/** Finds included medications by their type, because not every server marks them with `search.mode` `include`. */
const medicationsIn = (bundle: Json, fhirBase: string): Medications => {
  const byId = new Map(
    entriesOf(bundle)
      .map(({ resource }) => object(resource))
      .filter(({ resourceType }) => resourceType === 'Medication')
      .map((medication) => [medication.id, medication]),
  )
  return (reference) => {
    const id = idReferred(reference, 'Medication', fhirBase)
    return id === undefined ? undefined : byId.get(id)
  }
}

/** The most Observations that are searched for those without a category. */
const mostUncategorized = 200

/**
 * Reads Observations that a search by category misses, because not every organization writes one: smoking and alcohol by their
 * codes, or results among the newest 200 Observations without a category. If a server refuses `:missing`, reads the newest
 * Observations of all kinds; some servers ignore `:missing` and return these anyway.
 */
const readUncategorized = async (
  client: PatientClient,
  access: RecordAccess,
  { patient, type, source }: { patient: string; type: 'Observation' | 'SocialHistory'; source: Source },
): Promise<Pick<RecordList, 'cut' | 'warning'> & { items: RecordEntry[]; unreadable: number }> => {
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
  if (!first) return { items: [], unreadable: 0, cut: false }
  const { items, ...rest } = await collect(client, first, {
    access,
    limit: mostUncategorized,
    // An item for each resource, so that the limit counts those left out as well.
    items: function* ({ bundle }: Page) {
      for (const resource of resourcesOf(bundle, 'Observation')) {
        const isSought = type === 'SocialHistory' || isUncategorizedResult(resource)
        const entry = isSought ? entryOf(type, resource, { source, medications: noMedications }) : undefined
        yield entry === UNREADABLE ? UNREADABLE : { entry }
      }
    },
  })
  return { ...rest, items: items.flatMap(({ entry }) => entry ?? []) }
}
