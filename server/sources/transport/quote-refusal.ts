import { isObject, type Json, stringsAt } from '../../query/json-path.ts'
import { parseShort } from './parse-short.ts'

/** The issue types of R4 (`OperationOutcome.issue.code`). */
const ISSUE_TYPES = `invalid structure required value invariant security login unknown expired forbidden suppressed
  processing not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly business-rule
  conflict transient lock-error no-store exception timeout incomplete throttled informational`
/** R4's own codes of what went wrong (`OperationOutcome.issue.details`). */
const DETAILS = `MSG_AUTH_REQUIRED MSG_BAD_FORMAT MSG_BAD_SYNTAX MSG_CANT_PARSE_CONTENT MSG_CANT_PARSE_ROOT MSG_CREATED
  MSG_DATE_FORMAT MSG_DELETED MSG_DELETED_DONE MSG_DELETED_ID MSG_DUPLICATE_ID MSG_ERROR_PARSING MSG_EXTERNAL_FAIL MSG_ID_INVALID
  MSG_ID_TOO_LONG MSG_INVALID_ID MSG_JSON_OBJECT MSG_LOCAL_FAIL MSG_NO_EXIST MSG_NO_MATCH MSG_NO_MODULE MSG_NO_SUMMARY
  MSG_OP_NOT_ALLOWED MSG_PARAM_CHAINED MSG_PARAM_INVALID MSG_PARAM_MODIFIER_INVALID MSG_PARAM_NO_REPEAT MSG_PARAM_UNKNOWN
  MSG_RESOURCE_EXAMPLE_PROTECTED MSG_RESOURCE_ID_FAIL MSG_RESOURCE_ID_MISMATCH MSG_RESOURCE_ID_MISSING MSG_RESOURCE_NOT_ALLOWED
  MSG_RESOURCE_REQUIRED MSG_RESOURCE_TYPE_MISMATCH MSG_SORT_UNKNOWN MSG_TRANSACTION_DUPLICATE_ID MSG_TRANSACTION_MISSING_ID
  MSG_UNHANDLED_NODE_TYPE MSG_UNKNOWN_CONTENT MSG_UNKNOWN_OPERATION MSG_UNKNOWN_TYPE MSG_UPDATED MSG_VERSION_AWARE
  MSG_VERSION_AWARE_CONFLICT MSG_VERSION_AWARE_URL MSG_WRONG_NS`

const CODES: ReadonlySet<string> = new Set(`${ISSUE_TYPES} ${DETAILS}`.split(/\s+/))

/**
 * Returns what the FHIR server upstream said about a request that it refused, for the operator's log: those codes of its
 * OperationOutcome that R4 lists, each once. Anything else may name a patient, even one whom the request did not name.
 */
export const quoteRefusal = (text: string): string | undefined => {
  const quote = [...new Set(issuesOf(text).flatMap(codesOf))].join(' ')
  return quote === '' ? undefined : quote
}

const codesOf = (issue: Json): string[] =>
  [...stringsAt(issue, 'code'), ...stringsAt(issue, 'details.coding.code')].filter((code) => CODES.has(code))

const issuesOf = (text: string): Json[] => {
  const outcome = parseShort(text)
  if (outcome?.resourceType !== 'OperationOutcome' || !Array.isArray(outcome.issue)) return []
  return outcome.issue.filter(isObject)
}
