import type { TestProject } from 'vitest/node'
import { startPostgres } from '../fixtures/postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL server in which databases may be made; absent where the project is about SQLite. */
    postgres?: string
  }
}

/** One PostgreSQL server for all files of the project `attacks-postgres`. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const server = await startPostgres()
  project.provide('postgres', await server.createDatabase())
  return server.stop
}
