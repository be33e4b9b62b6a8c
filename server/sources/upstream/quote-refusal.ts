import { isObject } from '../../query/json-path.ts'

const LONGEST = 300
const WORD = /[\p{L}\p{M}\p{N}_-]+/gu

/**
 * Returns what the FHIR server upstream says about a request that it refuses, for the operator's log: the texts of its
 * OperationOutcome, without any word of the values that were asked for.
 */
export const quoteRefusal = (text: string, values: readonly string[]): string | undefined => {
  const asked = new Set(values.flatMap((value) => value.toLowerCase().match(WORD) ?? []))
  const said = textsOf(text).join(' ').slice(0, LONGEST)
  return said === ''
    ? undefined
    : said.replaceAll(WORD, (word) => (asked.has(word.toLowerCase()) ? '…' : word))
}

const textsOf = (text: string): string[] => {
  let outcome: unknown
  try {
    outcome = JSON.parse(text)
  } catch {
    return []
  }
  if (!isObject(outcome) || outcome.resourceType !== 'OperationOutcome' || !Array.isArray(outcome.issue))
    return []
  return outcome.issue
    .filter(isObject)
    .flatMap(({ diagnostics, details }) => [diagnostics, isObject(details) ? details.text : undefined])
    .filter((each) => typeof each === 'string')
}
