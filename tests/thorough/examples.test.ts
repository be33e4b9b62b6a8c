import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bundle, Patient, Resource } from '@medplum/fhirtypes'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fetchExamples } from '../../scripts/examples.ts'
import {
  type Failure,
  type ImportReport,
  importFiles,
  type Refusal,
} from '../../server/cli/import/import-records.ts'
import { startOrganization, type TestOrganization } from '../fixtures/organization.ts'
import { carekey, signIn } from '../fixtures/sign-in.ts'

/** HL7's own R4 examples: 5,300 files that we did not write, among them Bundles of thousands of resources. */
let folder: string
let files: string[]
let clinic: TestOrganization
let heldBefore: number
let report: ImportReport
const refusals: Refusal[] = []
const failures: Failure[] = []
let clinician: string
let patient: string

beforeAll(async () => {
  folder = await fetchExamples()
  files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
  clinic = await startOrganization({ demo: 'riverside' })
  heldBefore = await countHeld()
  report = await importFiles(
    clinic.store,
    files.map((name) => join(folder, name)),
    Date.now,
    { onRefused: (refusal) => refusals.push(refusal), onFailed: (failure) => failures.push(failure) },
  )
  const token = async (username: string, scope: string) =>
    (await signIn(clinic.url, { username, scope, application: carekey })).access_token
  clinician = await token('lee', 'openid fhirUser user/*.rs')
  patient = await token('john', 'openid fhirUser launch/patient patient/*.rs')
}, 120_000)
afterAll(() => clinic?.close())

const countHeld = async (): Promise<number> => {
  const all = clinic.store.db.selectFrom('resource').select(({ fn }) => fn.countAll<number>().as('count'))
  return (await all.executeTakeFirstOrThrow()).count
}

const get = (path: string, token: string) =>
  fetch(`${clinic.url}/fhir/${path}`, { headers: { authorization: `Bearer ${token}` } })

const search = async (query: string, token = clinician): Promise<string[]> => {
  const response = await get(query, token)
  expect(response.status).toBe(200)
  const { entry = [] } = (await response.json()) as Bundle
  return entry.map(({ resource }) => `${resource?.resourceType}/${resource?.id}`).sort()
}

const example = async <T extends Resource>(name: string): Promise<T> =>
  JSON.parse(await readFile(join(folder, name), 'utf8')) as T

const total = (of: 'created' | 'replaced' | 'unchanged' | 'refused') =>
  [...report.counts.values()].reduce((sum, count) => sum + count[of], 0)

it('reads every file', () => {
  expect(files.length).toBeGreaterThan(5_000)
  expect(report.files).toBe(files.length)
  expect(failures).toEqual([])
})

it('loses nothing silently: all content of the files was imported, or refused by name with a reason', async () => {
  let count = 0
  for (const name of files) {
    const resource = await example(name)
    count += resource.resourceType === 'Bundle' ? (resource.entry?.length ?? 0) : 1
  }
  expect(total('created') + total('replaced') + total('unchanged') + total('refused')).toBe(count)
  expect(refusals).toHaveLength(total('refused'))
  for (const { file, name, reason } of refusals) {
    expect(file && name).toBeTruthy()
    expect(reason).toMatch(/\.$/)
  }
})

it('refuses only other types, entries that are not resources, and two with one id that a Bundle distinguishes', () => {
  const codes = new Set(refusals.map(({ code }) => code))
  expect(codes).toEqual(new Set(['unsupported-type', 'not-taken', 'not-a-resource']))
  // The example about resolving references has an Observation/14 from each of two servers.
  const ambiguous = refusals.filter(({ code }) => code === 'not-taken')
  expect(ambiguous.map(({ file, name }) => [file, name])).toEqual(
    Array.from({ length: 2 }, () => [join(folder, 'Bundle-bundle-references.json'), 'Observation/14']),
  )
})

it('says which references lead nowhere, and which patients are not here', () => {
  const kinds = report.unresolved.map(({ type, reason, count }) => `${count} ${type} ${reason}`)
  expect(kinds.sort()).toEqual([
    '1 Coverage another-server',
    '1 DiagnosticReport by-name-only',
    '18 Observation no-patient',
    '2 Device no-patient',
    '2 List no-patient',
    '2 Procedure by-name-only',
    '5 Provenance no-patient',
    '7 Observation by-name-only',
  ])
  expect(report.absent).toMatchObject({ resources: 26, patients: 9 })
})

it('gains as many resources as it reports as new', async () => {
  expect((await countHeld()) - heldBefore).toBe(total('created'))
})

it('returns each example Patient and Observation as it was written, except for the server’s own meta', async () => {
  const names = files.filter((name) => /^(Patient|Observation)-/.test(name))
  expect(names.length).toBeGreaterThan(80)
  for (const name of names) {
    const { meta: _, ...written } = await example<Patient>(name)
    const response = await get(`${written.resourceType}/${written.id}`, clinician)
    expect(response.status, name).toBe(200)
    const { meta, ...answered } = (await response.json()) as Patient
    expect(answered, name).toEqual(written)
    expect(meta?.versionId, name).toMatch(/^\d+$/)
  }
})

it('keeps each decimal of the decimal example to the digit', async () => {
  const digits = (text: string) => [...text.matchAll(/"value"\s*:\s*([-\d.eE+]+)/g)].map(([, value]) => value)
  const numbers = digits(await readFile(join(folder, 'Observation-decimal.json'), 'utf8'))
  expect(numbers).toContain('1.00')
  expect(digits(await (await get('Observation/decimal', clinician)).text())).toEqual(numbers)
})

it('finds the examples by the fields of the search form', async () => {
  // Peter James Chalmers is in a file of his own and, under other ids or only by a fullUrl, in Bundles.
  const withoutId = [
    'Patient/61ebe359-bfdc-4613-8bf2-c5e300945f0a',
    'Patient/74891afc-ed52-42a2-bcd7-f13d9b60f096',
    'Patient/88f151c0-a954-468a-88bd-5ae15c08e059',
  ]
  const chalmers = ['Patient/123', 'Patient/123a', 'Patient/12423', ...withoutId, 'Patient/example']
  expect(await search('Patient?family=chalm')).toEqual(chalmers)
  expect(await search('Patient?given=peter&gender=male&birthdate=1974-12-25')).toEqual(chalmers)
  const identifier = 'urn:oid:1.2.36.146.595.217.0.1|12345'
  expect(await search(`Patient?identifier=${identifier}`)).toEqual(['Patient/example'])
  expect(await search(`Patient?name:exact=${encodeURIComponent('张无忌')}`)).toEqual(['Patient/ch-example'])
  expect(await search('Patient?name:exact=Henry Levin')).toEqual(['Patient/glossy', 'Patient/xcda'])
  expect(await search('Patient?name:exact=henry levin')).toEqual([])
})

it('finds an example patient’s vital signs', async () => {
  const result = await search('Observation?patient=example&category=vital-signs&code=85354-9')
  expect(result).toContain('Observation/blood-pressure')
  const weights = await search('Observation?subject=Patient/example&code=http://loinc.org|29463-7')
  expect(weights).toEqual(['Observation/example'])
})

it('shows none of them to a patient who is not one of them', async () => {
  expect((await get('Patient/example', patient)).status).toBe(404)
  expect((await get('Observation/blood-pressure', patient)).status).toBe(404)
  expect(await search('Patient?family=chalm', patient)).toEqual([])
  expect(await search('Observation?code=8310-5', patient)).toEqual([])
})
