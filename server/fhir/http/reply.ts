import { FhirError, operationOutcome } from '../../fhir-error.ts'
import type { Body } from '../body.ts'

export interface FhirReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

/** A refusal as it is sent. */
export const toReply = (outcome: FhirReply | FhirError): FhirReply =>
  outcome instanceof FhirError
    ? { status: outcome.status, headers: outcome.headers, body: operationOutcome(outcome) }
    : outcome
