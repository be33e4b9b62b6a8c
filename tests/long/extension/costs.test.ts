import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { accessWith } from '../../../extension/auth/grant/access.ts'
import { onlyAbout } from '../../../extension/fhir/about-patient.ts'
import { createClient } from '../../../extension/fhir/client.ts'
import { exportRecord } from '../../../extension/fhir/export-record.ts'
import { readRecordList } from '../../../extension/fhir/read-list.ts'
import { readVitals } from '../../../extension/fhir/read-vitals.ts'
import { ProblemError } from '../../../extension/messages/errors.ts'
import { type allowances, beginAsking } from '../../../extension/net/asking.ts'
import { searchset, sendFhir, weight } from '../../fixtures/fhir-answers.ts'
import {
  type Script,
  type ScriptedOrganization,
  startScriptedOrganization,
} from '../../fixtures/scripted-organization.ts'

const MB = 1024 * 1024

let large: ScriptedOrganization
let small: ScriptedOrganization
beforeAll(async () => {
  large = await startScriptedOrganization()
  small = await startScriptedOrganization()
})
afterAll(async () => {
  await large.close()
  await small.close()
})
afterEach(() => {
  for (const organization of [large, small]) {
    organization.script = {}
    organization.requests.length = 0
  }
})

const source = { connectionId: 'c', name: 'S', host: 's.example', hue: 0 }

const open = (
  organization: ScriptedOrganization,
  fhir: Script['fhir'] & {},
  { kind = 'record', waiting }: { kind?: keyof typeof allowances; waiting?: AbortSignal } = {},
) => {
  organization.script = { fhir }
  const access = accessWith({ token: 'access' }, `${organization.url}/fhir`, beginAsking(kind, waiting))
  const client = onlyAbout(createClient(access), access, 'p')
  return {
    access,
    client,
    vitals: () => readVitals(client, access, { patient: 'p', source }),
    list: () => readRecordList(client, access, { patient: 'p', type: 'Condition', source }),
  }
}

it('F75 a list is read up to 20 MB over all of its pages, and says that the rest is missing', async () => {
  let pages = 0
  const { vitals } = open(large, (_request, response) => {
    pages++
    const padding = [{ text: ' '.repeat(6 * MB) }]
    sendFhir(response, searchset([weight(`w${pages}`, { note: padding })], `?page=${pages}`))
  })
  expect(await vitals()).toMatchObject({
    weight: [{ id: 'w1' }, { id: 'w2' }, { id: 'w3' }],
    cut: true,
    warning: { code: 'too-large', details: { what: '20 MB' } },
  })
  expect(pages).toBe(4)
})

it('F75 a list stops, with what arrived, before a page that has more values than one parse may hold', async () => {
  const { list } = open(large, ({ url }, response) =>
    sendFhir(
      response,
      url?.includes('page=2')
        ? `{"resourceType":"Bundle","entry":[{"resource":{"a":[${'1,'.repeat(200_000)}1]}}]}`
        : searchset([{ resourceType: 'Condition', id: 'c', code: { text: 'C' } }], '?page=2'),
    ),
  )
  expect(await list()).toMatchObject({
    entries: [{ name: 'C' }],
    cut: true,
    warning: { code: 'too-many-values' },
  })
})

it.each([
  ['search', '5 MB'],
  ['log', '5 MB'],
  ['document', '5 MB'],
  ['export', '20 MB'],
  ['proof', '20 MB'],
  ['brands', '20 MB'],
] as const)('F75 a request for %s reads %s at most', async (kind, what) => {
  const { client } = open(large, (_request, response) => sendFhir(response, ' '.repeat(21 * MB)), { kind })
  await expect(client.read('Patient', 'p')).rejects.toMatchObject({ code: 'too-large', details: { what } })
})

it('F75 an organization whose retry time is after the deadline is not waited for', async () => {
  const { vitals } = open(large, (_request, response) =>
    response.writeHead(429, { 'retry-after': '3600' }).end(),
  )
  await expect(vitals()).rejects.toMatchObject({ code: 'too-busy' })
  expect(large.requests).toHaveLength(1)
})

it.each([
  ['before an answer begins', (_response: ServerResponse) => undefined],
  [
    'in the middle of an answer',
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/fhir+json' })
      response.write('{"resourceType":"Bundle","entry":[')
    },
  ],
])('F75 leaving %s ends the request, and sends no other', async (_when, begin) => {
  const waiting = new AbortController()
  const arrival = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const { vitals } = open(
    large,
    (_request, response) => {
      response.once('close', end.resolve)
      begin(response)
      arrival.resolve()
    },
    { waiting: waiting.signal },
  )
  const readAnswer = expect(vitals()).rejects.toMatchObject({ code: 'abandoned' })
  await arrival.promise
  waiting.abort(new ProblemError('abandoned'))
  await readAnswer
  await end.promise
  await expect(vitals()).rejects.toMatchObject({ code: 'abandoned' })
  expect(large.requests).toHaveLength(1)
})

it('F75 while one organization sends 18 MB in every answer, another is read at once', async () => {
  const entries = Array.from({ length: 40_000 }, (_, index) =>
    JSON.stringify({ resource: weight(`w${index}`, { note: [{ text: 'x'.repeat(200) }] }) }),
  )
  const answer = `{"resourceType":"Bundle","entry":[${entries}]}`
  expect(answer.length).toBeGreaterThan(15 * MB)
  const ends: string[] = []
  const waiting = new AbortController()
  const slow = Array.from({ length: 3 }, async () => {
    const { vitals } = open(large, (_request, response) => sendFhir(response, answer), {
      waiting: waiting.signal,
    })
    await vitals()
    ends.push('large')
  })
  const { vitals } = open(small, (_request, response) => sendFhir(response, searchset([weight('w')])))
  // The first of the large answers is being parsed.
  while ((await navigator.locks.query()).held?.every(({ name }) => !name?.startsWith('parse:')) ?? true)
    await new Promise((resolve) => setTimeout(resolve, 5))
  await vitals()
  expect(ends).toEqual([])
  waiting.abort(new ProblemError('abandoned'))
  expect(await Promise.allSettled(slow)).toMatchObject(Array(3).fill({ reason: { code: 'abandoned' } }))
})

it('F75 the file contains each resource as it was written, in whatever order and spelling its entry is', async () => {
  const resourceText = '{ "resourceType":"Observation","id":"w","valueQuantity":{"value":81.20,"unit":"kg"} }'
  const { access } = open(
    large,
    (_request, response) =>
      sendFhir(
        response,
        `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"other"},"\\u0072esource":${resourceText}}]}`,
      ),
    { kind: 'export' },
  )
  const { entries } = await exportRecord(access, { patient: 'p', source: 'S', next: undefined, now: 0 })
  const fullUrl = `${large.url}/fhir/Observation/w`
  expect(entries[0]).toEqual({ fullUrl, json: resourceText })
})
