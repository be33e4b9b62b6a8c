import type { Source } from '../messages/vitals.ts'
import { conceptCodes } from './concept.ts'
import { UNREADABLE } from './paging.ts'
import { hasCode, isVitalSign } from './read-vitals.ts'
import { entryOf, isWithdrawn, noMedications } from './record-entry.ts'
import { type Bundle, entriesOf, isId, type Json, object, objects, text } from './resource.ts'

/**
 * The most ids that are kept to find out which results are missing: ids that reports name, and ids of Observations that are not
 * shown.
 */
export const mostIds = 2000

/** Finds results that are reached only through a report, because not every organization gives them a category. */
export const createReportResults = (source: Source) => {
  const namedIds = new Set<string>()
  const foundIds = new Set<string>()

  const resultOf = (observation: Json): ReturnType<typeof entryOf> => {
    if (hasOtherPlace(observation)) return undefined
    const result = entryOf('Observation', observation, { source, medications: noMedications })
    if (result === undefined || result === UNREADABLE) return result
    // It belongs to a report, so it does not count as unplaced.
    const { unplaced: _unplaced, ...entry } = result
    return entry
  }

  return {
    /** Returns the entries of the results that came with a page of DiagnosticReports: beside them, or within them. */
    entriesOn: function* (bundle: Bundle, reports: readonly Json[]): Generator<ReturnType<typeof entryOf>> {
      for (const report of reports) {
        if (isWithdrawn('DiagnosticReport', report)) continue
        for (const observation of containedResults(report)) yield resultOf(observation)
        for (const { reference } of objects(report.result, Number.POSITIVE_INFINITY)) {
          const [, id] = /(?:^|\/)Observation\/([^/]+)$/.exec(text(reference) ?? '') ?? []
          if (isId(id) && namedIds.size < mostIds) namedIds.add(id)
        }
      }
      for (const { resource } of entriesOf(bundle)) {
        const observation = object(resource)
        if (observation.resourceType !== 'Observation') continue
        if (isId(observation.id)) foundIds.add(observation.id)
        yield resultOf(observation)
      }
    },
    /** Returns the ids of the results that were named but did not come. */
    missing: () => [...namedIds].filter((id) => !foundIds.has(id)),
  }
}

/** Returns the results within a report. Those without a date of their own have the report's. */
const containedResults = (report: Json): Json[] => {
  const { id, effectiveDateTime, effectivePeriod, issued } = report
  const references = new Set(
    objects(report.result, Number.POSITIVE_INFINITY).map(({ reference }) => reference),
  )
  return objects(report.contained, Number.POSITIVE_INFINITY)
    .filter((each) => each.resourceType === 'Observation' && references.has(`#${each.id}`))
    .map((each) => ({ effectiveDateTime, effectivePeriod, issued, ...each, id: `${id}#${each.id}` }))
}

/** LOINC: tobacco smoking status, smokeless tobacco, history of tobacco use, alcoholic drinks per day, history of alcohol use. */
export const socialHistoryCodes: readonly string[] = ['72166-2', '88031-0', '11367-0', '74013-4', '11331-6']

/** Categories of Observations that are not listed among the results, whatever report names them. */
const otherCategories: ReadonlySet<string> = new Set(['vital-signs', 'social-history'])

export const isUncategorizedResult = (observation: Json): boolean =>
  objects(observation.category).length === 0 && !hasOtherPlace(observation)

/** Checks for a vital sign or social history, by code or category. */
const hasOtherPlace = (observation: Json): boolean =>
  isVitalSign(observation) ||
  hasCode(observation, socialHistoryCodes) ||
  objects(observation.category)
    .flatMap(conceptCodes)
    .some((code) => otherCategories.has(code.slice(code.lastIndexOf('|') + 1)))
