import { isObject, type Json, stringsAt } from '../../query/json-path.ts'

const LONGEST = 300
const CODE = /^[\w.:-]{1,64}$/

/**
 * Returns what the FHIR server upstream said about a request that it refused, for the operator's log: the codes of its
 * OperationOutcome. Its texts may name a patient, even in words that the request did not contain, so they are quoted only if the
 * request held no values.
 */
export const quoteRefusal = (text: string, values: readonly string[]): string | undefined => {
  const quote = issuesOf(text)
    .flatMap((issue) => [...codesOf(issue), ...(values.length === 0 ? textsOf(issue) : [])])
    .join(' ')
  return quote === '' ? undefined : quote.slice(0, LONGEST)
}

const codesOf = (issue: Json): string[] =>
  [...stringsAt(issue, 'code'), ...stringsAt(issue, 'details.coding.code')].filter((code) => CODE.test(code))

const textsOf = (issue: Json): string[] => [
  ...stringsAt(issue, 'diagnostics'),
  ...stringsAt(issue, 'details.text'),
]

const issuesOf = (text: string): Json[] => {
  let outcome: unknown
  try {
    outcome = JSON.parse(text)
  } catch {
    return []
  }
  if (!isObject(outcome) || outcome.resourceType !== 'OperationOutcome' || !Array.isArray(outcome.issue))
    return []
  return outcome.issue.filter(isObject)
}
