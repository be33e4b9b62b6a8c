/** An IssueType of R4 `OperationOutcome.issue.code`, as far as this server has a use for it. */
export type IssueType =
  | 'exception'
  | 'forbidden'
  | 'invalid'
  | 'login'
  | 'not-found'
  | 'not-supported'
  | 'suppressed'
  | 'too-costly'
  | 'too-long'
  | 'transient'

/** How a FHIR request failed. Thrown anywhere under `server/fhir`, made a reply in one place (`routes.ts`). */
export class FhirError extends Error {
  readonly status: number
  readonly issue: IssueType
  /** The reason as the access log keeps it: a code, never a value from the request. */
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    issue: IssueType,
    code: string,
    diagnostics: string,
    headers: Record<string, string> = {},
  ) {
    super(diagnostics)
    this.status = status
    this.issue = issue
    this.code = code
    this.headers = headers
  }
}

export const badRequest = (diagnostics: string): FhirError =>
  new FhirError(400, 'invalid', 'bad_request', diagnostics)

export const notSupported = (diagnostics: string): FhirError =>
  new FhirError(400, 'not-supported', 'not_supported', diagnostics)

/** One sentence for what never existed and for what is another patient's: nobody can tell them apart. */
export const notFound = (): FhirError =>
  new FhirError(404, 'not-found', 'not_found', 'There is no such resource, or it is not yours to read.')

export const forbidden = (code: string, diagnostics: string): FhirError =>
  new FhirError(403, 'forbidden', code, diagnostics, {
    'www-authenticate': 'Bearer realm="fhir", error="insufficient_scope"',
  })

export const methodNotAllowed = (allow: string): FhirError =>
  new FhirError(405, 'not-supported', 'method_not_allowed', `Only ${allow} is answered here.`, { allow })

/** Whoever is counted has an entry in the log; so many at once would be a list that nobody reads. */
export const tooManyCounted = (most: number): FhirError =>
  new FhirError(
    403,
    'too-costly',
    'too_many_patients',
    `This would count the records of more than ${most} patients, and each of them is told of it in the access log. Narrow the search, or ask for a page of it without a total.`,
  )

export const tooManyConcerned = (most: number): FhirError =>
  new FhirError(
    403,
    'too-costly',
    'too_many_patients',
    `This answer would concern more than ${most} patients, and each of them is told of it in the access log. Ask for less at once.`,
  )

/** Nothing may be answered that was not logged, so a log that cannot be written closes the record. */
export const unavailable = (): FhirError =>
  new FhirError(503, 'transient', 'unavailable', 'The record cannot be read now. Try again in a moment.', {
    'retry-after': '5',
  })

/** Something to know about an answer that is given all the same, as an OperationOutcome. */
export const noteText = (issue: IssueType, diagnostics: string): string =>
  JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'warning', code: issue, diagnostics }],
  })

/** R4 OperationOutcome. */
export const operationOutcome = ({ issue, message }: FhirError): string =>
  JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: issue, diagnostics: message }],
  })

/** A name from the request, short enough to be shown back to whoever sent it. */
export const shown = (name: string): string => (name.length > 60 ? `${name.slice(0, 60)}…` : name)
