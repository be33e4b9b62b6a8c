import { isObject, type Json } from '../../query/json-path.ts'

/** The issue types of R4 that are about the request, and leave the results as they are. */
const ABOUT_REQUEST: ReadonlySet<unknown> = new Set([
  ...['informational', 'processing', 'not-supported', 'not-found', 'deleted', 'duplicate'],
  ...['invalid', 'structure', 'required', 'value', 'invariant', 'code-invalid', 'extension'],
])
const MILD: ReadonlySet<unknown> = new Set(['information', 'warning'])

/**
 * Decides whether an OperationOutcome among results may mean that some are missing: unless each of its issues is mild and about the request,
 * such as a parameter that was ignored.
 */
export const saysIncomplete = ({ issue }: Json): boolean =>
  !Array.isArray(issue) || issue.length === 0 || !issue.every(isHarmless)

const isHarmless = (issue: unknown): boolean =>
  isObject(issue) && MILD.has(issue.severity) && ABOUT_REQUEST.has(issue.code)
