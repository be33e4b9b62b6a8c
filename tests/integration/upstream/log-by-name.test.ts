import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startMedplum, type TwistedServer } from '../../fakes/medplum-upstream.ts'
import type { TokenName } from '../fhir/guarded-server.ts'
import { type Gateway, startGateway } from './gateway.ts'

const patient = (id: string, given: string, family: string) => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: 'urn:mr', value: `MR-${id}` }],
  name: [{ given: [given], family }],
})
const crowd = Array.from({ length: 101 }, (_, at) => patient(`c${at}`, `Crowd${at}`, 'Many'))
const strangers = Array.from({ length: 40 }, (_, at) => patient(`s${at}`, `Stranger${at}`, 'Few'))

let upstream: TwistedServer
let gateway: Gateway
beforeAll(async () => {
  upstream = await startMedplum([
    patient('pa', 'Anna', 'Müller'),
    patient('pb', 'Bert', 'Miller'),
    ...crowd,
    ...strangers,
  ])
  gateway = await startGateway(upstream.base)
  for (const id of ['pa', 'pb']) await gateway.get(`Patient/${id}`, 'TC')
  // Whether it can be searched is tried out once.
  await gateway.get('Patient?name=nobody', 'TC')
})
beforeEach(async () => {
  upstream.twist = {}
  await gateway.entries()
  upstream.requests()
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const search = (query: string, as: TokenName = 'TADM') =>
  gateway.get(`AuditEvent?subtype=read&_count=200&${query}`, as)

test.each([
  ['patient.name=Müller', ['Patient/pa']],
  ['patient.name=miller', ['Patient/pb']],
  ['patient.name:exact=Anna Müller&agent-name=lee', ['Patient/pa']],
  ['patient.name=Müller&patient.name=Anna', ['Patient/pa']],
  ['patient.name=Müller&patient.name=Bert', []],
  ['patient.name=nobody', []],
  ['patient.name=Mülle', []],
  ['patient.identifier=MR-pb', ['Patient/pb']],
  ['patient.identifier=MR-pb&patient.name=Anna', []],
  ['patient.identifier=MR-nobody', []],
])(
  'an administrator finds the entries of the patients who have the name or number: %s',
  async (query, expected) => {
    const { status, json } = await search(query)
    expect(status, gateway.reports.join()).toBe(200)
    const entries: { resource: { entity: { what: { reference: string } }[] }; search: { mode: string } }[] =
      json.entry ?? []
    const matches = entries.filter(({ search: { mode } }) => mode === 'match')
    expect(matches.map(({ resource }) => resource.entity[0]?.what.reference)).toEqual(expected)
  },
)

test.each([
  ['patient.name=nobody', true],
  ['patient.identifier=MR-nobody', true],
  ['patient.name=Müller&outcome=8', false],
])('says whether nobody is known there: %s', async (query, isUnknown) => {
  const { text } = await search(query)
  expect(text.includes('"severity":"information","code":"not-found"')).toBe(isUnknown)
})

test('the name is in the log of those who have it, and of nobody else', async () => {
  await search('patient.name=Müller')
  await search('patient.name=nobody')
  expect((await gateway.entries()).map(({ patient, query }) => [patient, query])).toEqual([
    ['pa', expect.stringContaining('patient.name=')],
    [null, expect.not.stringContaining('nobody')],
  ])
})

test('a name of more than 100 patients is refused', async () => {
  expect((await search('patient.name=Many')).status).toBe(403)
  expect(await gateway.entries()).toHaveLength(101)
})

test('a name is refused if not everybody who has it can be found, and is in the log of those who were', async () => {
  let page = 0
  upstream.twist = {
    answer: (bundle) => {
      bundle.link = [{ relation: 'next', url: `${upstream.base}/Patient?page=${page++}` }]
    },
  }
  const { status, json } = await search('patient.name=Few')
  expect([status, json.issue[0].code]).toEqual([403, 'too-costly'])
  expect(upstream.requests()).toHaveLength(10)
  const named = (await gateway.entries()).map((entry) => entry.patient).toSorted()
  expect(named).toEqual(strangers.map(({ id }) => id).toSorted())
})

test.each<TokenName>(['TA', 'TADMpart', 'TC'])(
  'a name is not looked up for somebody who may read only a part of the log (%s)',
  async (as) => {
    expect((await search('patient.name=Müller', as)).status).toBeGreaterThanOrEqual(400)
    expect(upstream.requests()).toEqual([])
  },
)
