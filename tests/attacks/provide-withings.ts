import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The readings of attacked servers come from Withings; absent in the other projects. */
    withings?: boolean
  }
}

/** Tells the files of the project `attacks-withings` that the people of their servers are connected to Withings. */
export const setup = (project: TestProject): void => {
  project.provide('withings', true)
}
