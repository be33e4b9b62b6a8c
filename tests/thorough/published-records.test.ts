import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bundle, Resource } from '@medplum/fhirtypes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchExamples } from '../../scripts/examples.ts'
import { type ImportReport, importFiles, type Refusal } from '../../server/cli/import/import-records.ts'
import { startOrganization, type TestOrganization } from '../fixtures/organization.ts'
import { carekey, signIn } from '../fixtures/sign-in.ts'

/** Types whose entries belong to a patient, and can be searched by that patient. */
const OF_A_PATIENT = [
  ...['AllergyIntolerance', 'CarePlan', 'Condition', 'DiagnosticReport', 'DocumentReference'],
  ...['Immunization', 'MedicationRequest', 'MedicationStatement', 'Observation', 'Procedure'],
]

interface Entry {
  readonly resource: Resource
  readonly fullUrl?: string | undefined
}

/** Returns the `Type/id` of each patient's resources in a file, by a reading of references that is not the importer's. */
const ownersIn = (file: Resource): Map<string, string[]> => {
  const entries: Entry[] =
    file.resourceType === 'Bundle'
      ? ((file as Bundle).entry ?? []).map((entry) => ({
          resource: entry.resource as Resource,
          fullUrl: entry.fullUrl,
        }))
      : [{ resource: file }]
  const byUrl = new Map(entries.map(({ resource, fullUrl }) => [fullUrl, nameOf(resource)]))
  const owners = new Map<string, string[]>()
  for (const { resource } of entries) {
    if (!OF_A_PATIENT.includes(resource.resourceType)) continue
    const { subject, patient } = resource as { subject?: Link; patient?: Link }
    const reference = (subject ?? patient)?.reference
    const owner = byUrl.get(reference) ?? reference
    if (!owner?.startsWith('Patient/')) continue
    owners.set(owner, [...(owners.get(owner) ?? []), nameOf(resource)])
  }
  return owners
}

interface Link {
  readonly reference?: string
}

const nameOf = ({ resourceType, id }: Resource): string => `${resourceType}/${id}`

describe.each([
  ['the International Patient Summary', 'ips', 100],
  ['mCODE', 'mcode', 150],
] as const)('the examples that HL7 publishes with %s', (_name, from, least) => {
  let clinic: TestOrganization
  let report: ImportReport
  const refusals: Refusal[] = []
  const owners = new Map<string, Set<string>>()

  beforeAll(async () => {
    const folder = await fetchExamples(from)
    const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
    for (const name of files)
      for (const [owner, names] of ownersIn(JSON.parse(await readFile(join(folder, name), 'utf8'))))
        owners.set(owner, new Set([...(owners.get(owner) ?? []), ...names]))
    clinic = await startOrganization({ demo: 'riverside' })
    report = await importFiles(
      clinic.store,
      files.map((name) => join(folder, name)),
      Date.now,
      { onRefused: (refusal) => refusals.push(refusal), onFailed: () => {} },
    )
  }, 120_000)
  afterAll(() => clinic?.close())

  it('are imported, but for types that are not kept', () => {
    expect(report.files).toBeGreaterThan(0)
    for (const { reason } of refusals) expect(reason).toMatch(/does not hold resources of the type/)
    expect([...owners.values()].reduce((sum, { size }) => sum + size, 0)).toBeGreaterThan(least / 2)
  })

  it('can be reached through their patient, each of them', async () => {
    const { access_token } = await signIn(clinic.url, {
      username: 'lee',
      scope: 'openid fhirUser user/*.rs',
      application: carekey,
    })
    for (const [owner, names] of owners) {
      const reached = new Set<string>()
      for (const type of OF_A_PATIENT) {
        const response = await fetch(
          `${clinic.url}/fhir/${type}?patient=${owner.slice('Patient/'.length)}&_count=200`,
          {
            headers: { authorization: `Bearer ${access_token}` },
          },
        )
        expect(response.status).toBe(200)
        const { entry = [] } = (await response.json()) as Bundle
        for (const { resource } of entry) if (resource) reached.add(nameOf(resource))
      }
      expect(
        [...names].filter((name) => !reached.has(name)),
        owner,
      ).toEqual([])
    }
  })
})
