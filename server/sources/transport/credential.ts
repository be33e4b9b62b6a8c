import type { Clock } from '../../config.ts'
import type { Report } from './send.ts'

/** How Carekey authenticates itself to the FHIR server upstream. The credential is sent only to the base's own origin. */
export interface Credential {
  /** Returns the `Authorization` header, or `undefined` if there is none. @throws FhirError when none can be obtained. */
  current(): Promise<string | undefined>
  /** Returns a header to try once more after this one was refused; the same one if there is no other. @throws as `current` */
  renew(refusedHeader: string | undefined): Promise<string | undefined>
}

export interface CredentialDeps {
  readonly base: string
  readonly clock: Clock
  readonly report: Report
}

/** RFC 6750, section 2.1. */
export const TOKEN = /^[\w\-.~+/]{1,8000}=*$/
