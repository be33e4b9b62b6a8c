import type { TestProject } from 'vitest/node'
import { SHARED_POSTGRES, setup as startShared } from '../fixtures/provide-postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL server on which databases may be created; absent in the project for SQLite. */
    postgres?: string
  }
}

/** Gives the files of the project `attacks-postgres` the shared server of the run. */
export const setup = async (project: TestProject): Promise<(() => Promise<void>) | undefined> => {
  const stop = await startShared()
  project.provide('postgres', process.env[SHARED_POSTGRES])
  return stop
}
