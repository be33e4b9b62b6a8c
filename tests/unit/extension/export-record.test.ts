import { expect, it } from 'vitest'
import { exportRecord } from '../../../extension/fhir/export-record.ts'

/** What happens to an answer to the first request. */
const exported = (answer: string) =>
  exportRecord(
    {
      fhirBase: 'https://a.example/fhir',
      fetch: async () => new Response(answer, { headers: { 'content-type': 'application/fhir+json' } }),
    },
    { patient: 'p', source: 'A', next: undefined, now: 0 },
  )

it.each([
  ['with what looks like its own text', 'entry', '"written":"{}},{\\"forged\\":1}","json":"1",'],
  ['under another spelling of its name', '\\u0065ntry', '"written":"{}},{\\"forged\\":1}","json":"1",'],
  ['with a prototype', 'entry', '"__proto__":{"written":"{}"},'],
])('F75 an entry %s is exported as its resource, and nothing more', async (_how, name, members) => {
  const { entries, resources } = await exported(
    `{"resourceType":"Bundle","${name}":[{${members}"resource":{"resourceType":"Basic","id":"b"}}]}`,
  )
  expect(resources).toBe(1)
  expect(entries[0]).toEqual({
    fullUrl: 'https://a.example/fhir/Basic/b',
    json: '{"resourceType":"Basic","id":"b"}',
  })
})

it.each([
  ['Observation', 'Observation/1'],
  ['Patient/p/Observation', '1'],
  ['Observation', '../Observation/1'],
  ['Observation', 'a#b'],
  ['observation', '1'],
  [['Observation'], '1'],
  [{ toString: 1 }, '1'],
  ['Observation', { toString: 1 }],
  ['Observation', undefined],
])(
  "F75 a resource of type %j with id %j gets no address that could be another's",
  async (resourceType, id) => {
    const resource = JSON.stringify({ resourceType, id })
    const { entries } = await exported(`{"resourceType":"Bundle","entry":[{"resource":${resource}}]}`)
    expect(entries[0]?.json).toBe(resource)
    expect(entries[0]?.fullUrl).toMatch(/^https:\/\/a\.example\/fhir#[\da-f-]{36}$/)
  },
)

it('J56 a resource about another patient is not exported, and counted', async () => {
  const resources = ['p', 'q'].map((id) => ({
    resourceType: 'Basic',
    id,
    subject: { reference: `Patient/${id}` },
  }))
  const entry = resources.map((resource) => ({ resource }))
  const { entries, ...counts } = await exported(JSON.stringify({ resourceType: 'Bundle', entry }))
  expect(counts).toEqual({ resources: 1, omitted: 1 })
  expect(entries[0]?.json).toContain('"id":"p"')
  expect(JSON.stringify(entries)).not.toContain('Basic/q')
})

it('F75 what Carekey states of a resource has an address that no organization can give to its own', async () => {
  const statement = (id: string | undefined, target: string) => ({
    ...{ resourceType: 'Provenance', ...(id && { id }), target: [{ reference: target }] },
    ...{ recorded: '2026-12-01T09:00:00.000Z', agent: [{ who: { display: 'Carekey' } }] },
    entity: [{ role: 'source', what: { display: 'A' } }],
  })
  const entry = [
    statement(undefined, 'Condition/c'),
    statement('s', 'https://a.example/fhir/Condition/c'),
    statement('t', 'https://b.example/fhir/Condition/c'),
  ].map((resource) => ({ resource }))
  const page = await exported(JSON.stringify({ resourceType: 'Bundle', entry }))
  expect(page).toMatchObject({ resources: 2, omitted: 1 })
  expect(page.entries.map(({ fullUrl }) => fullUrl)).toEqual([
    expect.stringMatching(/^https:\/\/a\.example\/fhir#/),
    'https://a.example/fhir/Provenance/s',
    expect.stringMatching(/^urn:uuid:/),
  ])
  const own = JSON.parse(page.entries.at(-1)?.json ?? '')
  expect(own.target).toEqual(page.entries.slice(0, 2).map(({ fullUrl }) => ({ reference: fullUrl })))
})

it('J46 what the organization says that it leaves out comes with the page, and is no resource of the record', async () => {
  const issue = [{ severity: 'warning', code: 'incomplete', diagnostics: 'Not read here: Claim.' }]
  const outcome = { resource: { resourceType: 'OperationOutcome', issue }, search: { mode: 'outcome' } }
  const entry = [{ resource: { resourceType: 'Basic', id: 'b' } }, outcome]
  const page = await exported(JSON.stringify({ resourceType: 'Bundle', entry }))
  expect(page).toMatchObject({ resources: 1, remark: 'Not read here: Claim.' })
  expect(page.entries.map(({ json }) => JSON.parse(json).resourceType)).toEqual(['Basic', 'Provenance'])
})
