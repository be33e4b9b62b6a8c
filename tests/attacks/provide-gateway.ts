import type { TestProject } from 'vitest/node'
import type { UpstreamKind } from './attacked-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The FHIR server with the records of attacked servers; absent where these have them themselves. */
    gateway?: UpstreamKind
  }
}

/** Tells the files of `attacks-gateway` and `attacks-medplum` which server theirs stand in front of. */
export const setup = (project: TestProject): void => {
  project.provide('gateway', project.name === 'attacks-medplum' ? 'medplum' : 'hapi')
}
