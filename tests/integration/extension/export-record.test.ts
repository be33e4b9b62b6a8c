import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createRecordAnswers } from '../../../extension/background/read-record.ts'
import { exportRecord } from '../../../extension/fhir/export-record.ts'
import { resourceTypes } from '../../../extension/messages/record-lists.ts'
import { collectRecord } from '../../../extension/summary/record-file.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { clearBrowser, configure, createWorker, signInAs } from '../../fixtures/worker.ts'

type Json = Record<string, unknown>
interface Entry {
  fullUrl: string
  resource: Json & { resourceType: string; id: string; target?: { reference: string }[] }
}

let riverside: TestOrganization
beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)

it('contains all of John’s record in one Bundle that says where and when each resource was read', async () => {
  const worker = createWorker()
  const connection = await signInAs(worker, await configure(worker, riverside.url), { username: 'john' })
  const answers = createRecordAnswers(worker)
  const { parts, resources, missing } = await collectRecord(
    [connection],
    [],
    answers['export-record'],
    () => undefined,
    async () => new Set([connection.id]),
  )
  expect(missing).toEqual([])
  const bundle = JSON.parse(parts.join('')) as { type: string; entry: Entry[] }
  expect(bundle.type).toBe('collection')
  const fullUrls = bundle.entry.map(({ fullUrl }) => fullUrl)
  expect(new Set(fullUrls).size).toBe(fullUrls.length)

  const provenances = bundle.entry.filter(({ resource }) => resource.resourceType === 'Provenance')
  const own = bundle.entry.filter(({ resource }) => resource.resourceType !== 'Provenance')
  expect(own).toHaveLength(resources)
  expect(resources).toBeGreaterThan(100)
  const namedIds = new Set(
    provenances.flatMap(({ resource }) => resource.target?.map(({ reference }) => reference)),
  )
  expect(own.filter(({ fullUrl }) => !namedIds.has(fullUrl))).toEqual([])
  for (const { resource } of provenances)
    expect(resource).toMatchObject({
      recorded: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      agent: [{ who: { display: 'Carekey' } }],
      entity: [
        {
          role: 'source',
          what: { display: 'Riverside Clinic', identifier: { value: `${riverside.url}/fhir` } },
        },
      ],
    })
  const types = new Set(own.map(({ resource }) => resource.resourceType))
  for (const type of ['Patient', 'Observation', 'Condition']) expect(types).toContain(type)
  expect(
    own.every(({ fullUrl, resource }) => fullUrl.endsWith(`/${resource.resourceType}/${resource.id}`)),
  ).toBe(true)
})

const answering = (answers: Record<string, string | number>) => {
  const requests: string[] = []
  return {
    asked: requests,
    access: {
      fhirBase: 'https://a.example/fhir',
      fetch: async (url: URL) => {
        const path = url.href.replace('https://a.example/fhir/', '')
        requests.push(path)
        const answer = answers[path] ?? 403
        return typeof answer === 'number'
          ? new Response('', { status: answer })
          : new Response(answer, { headers: { 'content-type': 'application/fhir+json' } })
      },
    },
  }
}
const options = { patient: 'p', source: 'A', now: 0 }

it('keeps every number as it was written', async () => {
  const { access } = answering({
    'Patient/p/$everything?_count=100':
      '{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","id":"o","valueQuantity":{"value":81.20},"component":[{"valueInteger":12345678901234567890}],"valueString":"1.0"}}]}',
  })
  const { entries } = await exportRecord(access, { ...options, next: undefined })
  expect(entries[0]).toEqual({
    fullUrl: 'https://a.example/fhir/Observation/o',
    json: '{"resourceType":"Observation","id":"o","valueQuantity":{"value":81.20},"component":[{"valueInteger":12345678901234567890}],"valueString":"1.0"}',
  })
})

it('asks type by type without $everything, and names what is not allowed', async () => {
  const { access, asked } = answering({
    'Patient/p/$everything?_count=100': 404,
    'Patient?_id=p&_count=100':
      '{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"p"}}]}',
    'Observation?patient=p&_count=100':
      '{"resourceType":"Bundle","link":[{"relation":"next","url":"https://a.example/fhir/Observation?page=2"}],"entry":[{"resource":{"resourceType":"Observation","id":"1"}}]}',
    'Observation?page=2':
      '{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","id":"2"}}]}',
  })
  const results: string[] = []
  const leftOut: string[] = []
  let next: string | undefined
  do {
    const page = await exportRecord(access, { ...options, next })
    results.push(...page.entries.map(({ fullUrl }) => fullUrl).filter((url) => url.startsWith('https:')))
    if (page.leftOut) leftOut.push(page.leftOut.type)
    next = page.next
  } while (next !== undefined)
  expect(results).toEqual(
    ['Patient/p', 'Observation/1', 'Observation/2'].map((id) => `https://a.example/fhir/${id}`),
  )
  expect(leftOut).toContain('Condition')
  expect(leftOut).not.toContain('Observation')
  // Nothing that a list shows is missing in a file.
  expect(asked).toEqual(
    expect.arrayContaining(resourceTypes.map((type) => expect.stringContaining(`${type}?`))),
  )
  expect(new Set(asked).size).toBe(asked.length)
})

it('follows no page to another host', async () => {
  const { access } = answering({
    'Patient/p/$everything?_count=100':
      '{"resourceType":"Bundle","link":[{"relation":"next","url":"https://evil.example/fhir?page=2"}],"entry":[]}',
  })
  const page = await exportRecord(access, { ...options, next: undefined })
  expect(page.next).toBeUndefined()
  expect(page.warning).toMatchObject({ code: 'foreign-link' })
})
