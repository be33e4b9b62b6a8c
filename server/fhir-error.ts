/** The IssueTypes of R4 `OperationOutcome.issue.code` that this server uses. */
export type IssueType =
  | 'deleted'
  | 'exception'
  | 'forbidden'
  | 'incomplete'
  | 'informational'
  | 'invalid'
  | 'login'
  | 'not-found'
  | 'not-supported'
  | 'suppressed'
  | 'timeout'
  | 'too-costly'
  | 'too-long'
  | 'transient'

/** A failed FHIR request. Thrown anywhere under `server/fhir`, turned into a reply in one place (`routes.ts`). */
export class FhirError extends Error {
  readonly status: number
  readonly issue: IssueType
  /** The reason in the access log: a code, never a value from the request. */
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

/** The same answer whether a resource never existed or belongs to another patient, so that these cannot be told apart. */
export const notFound = (): FhirError =>
  new FhirError(404, 'not-found', 'not_found', 'There is no such resource, or it is not yours to read.')

export const forbidden = (code: string, diagnostics: string): FhirError =>
  new FhirError(403, 'forbidden', code, diagnostics, {
    'www-authenticate': 'Bearer realm="fhir", error="insufficient_scope"',
  })

export const methodNotAllowed = (allow: string): FhirError =>
  new FhirError(405, 'not-supported', 'method_not_allowed', `This address supports only ${allow}.`, { allow })

/** Each counted patient gets an entry in the log. With more of them, the log would become a list that nobody reads. */
export const tooManyToCount = (limit: number): FhirError =>
  new FhirError(
    403,
    'too-costly',
    'too_many_patients',
    `The total would count the records of more than ${limit} patients, and each of them would get an entry in the access log. Narrow the search, or request a page without a total.`,
  )

export const tooManyPatients = (limit: number): FhirError =>
  new FhirError(
    403,
    'too-costly',
    'too_many_patients',
    `This answer would concern more than ${limit} patients, and each of them would get an entry in the access log. Request less at once.`,
  )

/** To count, the server would have to read from another server. */
export const tooManyRows = (limit: number): FhirError =>
  new FhirError(
    403,
    'too-costly',
    'too_many_rows',
    `The total would count more than ${limit} resources. Narrow the search, or request a page without a total.`,
  )

/** The access log cannot be written, so no request can be answered. */
export const unavailable = (): FhirError =>
  new FhirError(503, 'transient', 'unavailable', 'The record cannot be read now. Try again in a moment.', {
    'retry-after': '5',
  })

/** An entry of the access log is not as it was written, so it is not shown. */
export const logChanged = (): FhirError =>
  new FhirError(
    500,
    'exception',
    'log_changed',
    'An entry of the access log is not as it was written, so it cannot be shown. It has been noted.',
  )

/** What is shared is in use, such as memory for answers, places of readers, or threads that hash. Nothing was done. */
export const serverBusy = (): FhirError =>
  new FhirError(503, 'transient', 'server_busy', 'Too much is being read now. Try again in a moment.', {
    'retry-after': '1',
  })

/** @param seconds after which a new request makes sense. */
export const upstreamAway = (seconds = 5): FhirError =>
  new FhirError(
    503,
    'transient',
    'upstream_away',
    'The record cannot be reached now. Try again in a moment.',
    { 'retry-after': String(seconds) },
  )

/** Too many requests to the FHIR server upstream are needed at the moment. */
export const upstreamBusy = (): FhirError =>
  new FhirError(503, 'transient', 'upstream_busy', 'Too much is being read now. Try again in a moment.', {
    'retry-after': '1',
  })

export const isUpstreamBusy = (error: unknown): boolean =>
  error instanceof FhirError && error.code === 'upstream_busy'

/** This request alone would need more requests to the FHIR server upstream than are allowed. */
export const upstreamCostly = (): FhirError =>
  new FhirError(
    403,
    'too-costly',
    'upstream_costly',
    'This would take too many requests to where the record is kept. Request less at once.',
  )

export const upstreamSlow = (): FhirError =>
  new FhirError(
    504,
    'timeout',
    'upstream_slow',
    'The record took too long to answer. Try again, or request less at once.',
  )

/** The answer of the FHIR server upstream cannot be used. The operator's log says why. */
export const upstreamWrong = (): FhirError =>
  new FhirError(
    502,
    'exception',
    'upstream_wrong',
    'The record gave an answer that cannot be used. It has been noted.',
  )

const UPSTREAM_LARGE = 'upstream_large'

/** The answer of the FHIR server upstream is larger than what is read. */
export const upstreamLarge = (): FhirError =>
  new FhirError(
    502,
    'too-costly',
    UPSTREAM_LARGE,
    'The record gave an answer that is too large to be read. Narrow the search to leave the largest resources out.',
  )

/** Whether less may be asked for at a time. */
export const isUpstreamLarge = (error: unknown): boolean =>
  error instanceof FhirError && error.code === UPSTREAM_LARGE

/** A single resource is larger than what is read of the FHIR server upstream. */
export const resourceLarge = (): FhirError =>
  new FhirError(
    422,
    'too-costly',
    'resource_large',
    'This resource is too large to be read here: it has more than 10 MB, or more than 50,000 values.',
  )

/** Some servers keep the pages of a search for a limited time only. */
export const pageGone = (): FhirError =>
  new FhirError(410, 'not-found', 'page_gone', 'This page is no longer available. Begin the search again.')

/** Another server deleted it. */
export const resourceGone = (): FhirError =>
  new FhirError(410, 'deleted', 'resource_gone', 'This resource was deleted.')

/** Returns an OperationOutcome that warns about something in a successful answer. */
export const noteText = (issue: IssueType, diagnostics: string): string =>
  JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'warning', code: issue, diagnostics }],
  })

/**
 * Returns an OperationOutcome which says that nobody is known by the values of these search parameters: without it, that would look
 * like somebody of whom there is nothing.
 */
export const nobodyText = (parameters: readonly string[]): string =>
  JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: parameters.map((name) => ({
      severity: 'information',
      code: 'not-found',
      diagnostics: `Nobody here is known by this ${name}.`,
      location: [`http.${name}`],
    })),
  })

/** R4 OperationOutcome. */
export const operationOutcome = ({ issue, message }: FhirError): string =>
  JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: issue, diagnostics: message }],
  })

/** Shortens a name from the request, so that an answer can quote it. */
export const shorten = (name: string): string => (name.length > 60 ? `${name.slice(0, 60)}…` : name)
