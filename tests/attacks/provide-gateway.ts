import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Set if the records of attacked servers are on another FHIR server; absent in the other projects. */
    gateway?: boolean
  }
}

/** Tells the files of the project `attacks-gateway` that their servers stand in front of another one. */
export const setup = (project: TestProject): void => {
  project.provide('gateway', true)
}
