import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { answerJob } from '../job.ts'

export interface FillJob {
  readonly database: string
  readonly patients: number
}

/** Fills a database by the code of the version whose folder this process runs in. */
answerJob(async ({ database, patients }: FillJob): Promise<void> => {
  const { fillWithPatients } = (await import(
    pathToFileURL(resolve('tests/bench/fhir/database.ts')).href
  )) as typeof import('../fhir/database.ts')
  await fillWithPatients(database, patients)
})
