import type { Bundle, Resource } from '@medplum/fhirtypes'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { startMedplum, type TwistedServer } from '../../fakes/medplum-upstream.ts'
import { observation } from '../../fixtures/canary.ts'
import { crossLinkedRecords } from '../fhir/cross-linked-records.ts'
import type { Answer } from '../fhir/guarded-server.ts'
import { type Gateway, startGateway } from './gateway.ts'

/** Readings of the patient `pa`, so many that a search has pages. */
export const many = Array.from({ length: 30 }, (_, at) =>
  observation(`a-many-${at}`, 'pa', {
    effectiveDateTime: `2024-01-01T10:00:${String(at).padStart(2, '0')}Z`,
  }),
)
export const records = [...crossLinkedRecords, ...many]
/** How many Observations `pa` has. */
export const OWN = 3 + many.length

interface Front {
  readonly upstream: TwistedServer
  readonly gateway: Gateway
}

/** A gateway for the tests of a file, in front of a server whose answers each test may twist (`upstream.twist`). */
export const useTwistedUpstream = (): Front => {
  let upstream: TwistedServer
  let gateway: Gateway
  beforeAll(async () => {
    upstream = await startMedplum(records)
    gateway = await startGateway(upstream.base)
    // The first search finds out how upstream takes them.
    await gateway.get('Observation', 'TA')
    upstream.requests()
  })
  afterEach(() => {
    upstream.twist = {}
    upstream.requests()
    gateway.reports.length = 0
  })
  afterAll(async () => {
    await gateway.close()
    await upstream.close()
  })
  return {
    get upstream() {
      return upstream
    },
    get gateway() {
      return gateway
    },
  }
}

export const idsIn = ({ json }: Answer): string[] =>
  (json.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id)

export const add = (bundle: Bundle, resources: readonly Resource[], mode: 'match' | 'include' = 'match') => {
  bundle.entry = [...(bundle.entry ?? []), ...resources.map((resource) => ({ resource, search: { mode } }))]
}
