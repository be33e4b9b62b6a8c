import type { TestProject } from 'vitest/node'
import { SHARED_POSTGRES, setup as startShared } from '../fixtures/provide-postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL server in which databases may be made; absent where the project is about SQLite. */
    postgres?: string
  }
}

/** Tells the files of the project `attacks-postgres` that the server of the run is theirs too. */
export const setup = async (project: TestProject): Promise<(() => Promise<void>) | undefined> => {
  const stop = await startShared()
  project.provide('postgres', process.env[SHARED_POSTGRES])
  return stop
}
