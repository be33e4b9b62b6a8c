import { conceptCodes } from './concept.ts'
import { hasCode, isVitalSign } from './read-vitals.ts'
import { type Json, objects } from './resource.ts'

/** LOINC: tobacco smoking status, smokeless tobacco, history of tobacco use, alcoholic drinks per day, history of alcohol use. */
export const socialHistoryCodes: readonly string[] = ['72166-2', '88031-0', '11367-0', '74013-4', '11331-6']

/** Categories of Observations that are not listed among the results, whatever report names them. */
const otherCategories: ReadonlySet<string> = new Set(['vital-signs', 'social-history'])

export const isUncategorizedResult = (observation: Json): boolean =>
  objects(observation.category).length === 0 && !hasOtherPlace(observation)

/** Checks for a vital sign or social history, by code or category. */
export const hasOtherPlace = (observation: Json): boolean =>
  isVitalSign(observation) ||
  hasCode(observation, socialHistoryCodes) ||
  objects(observation.category)
    .flatMap(conceptCodes)
    .some((code) => otherCategories.has(code.slice(code.lastIndexOf('|') + 1)))
