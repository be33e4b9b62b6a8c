import { afterEach, expect, test } from 'vitest'
import { type Recorded, type RecordingServer, startRecordingServer } from '../../fakes/recording-server.ts'
import { observation } from '../../fixtures/canary.ts'
import { type Gateway, startGateway } from '../../integration/upstream/gateway.ts'
import { json, statement } from '../../integration/upstream/opened-upstream.ts'

let upstream: RecordingServer
let gateway: Gateway
/** Answers what waits upstream, and all that comes later. */
let release: () => void
/** Fulfilled once four requests wait upstream. */
let fourWait: Promise<void>
afterEach(async () => {
  release()
  await gateway.close()
  await upstream.close()
})

/** A gateway in front of a server that leaves some reads of Observations waiting. */
const inFrontOf = async (isSlow: (id: string) => boolean): Promise<void> => {
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  let waiting = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  fourWait = promise
  upstream = await startRecordingServer(async ({ path }) => {
    if (path === '/fhir/metadata') return json(statement)
    const id = path.split('/').at(-1) ?? ''
    // A check of health reads a patient with a random id.
    if (path.startsWith('/fhir/Observation/') && isSlow(id)) {
      if (++waiting === 4) resolve()
      await released
    }
    return json(observation(id, id.startsWith('b') ? 'pb' : 'pa'))
  })
  gateway = await startGateway(`${upstream.origin}/fhir`)
}

const readsOf = (prefix: string): Recorded[] =>
  upstream.requests.filter(({ path }) => path.startsWith(`/fhir/Observation/${prefix}`))

const named = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}${at}`)

const BATCH = {
  method: 'POST',
  headers: { 'content-type': 'application/fhir+json' },
  payload: JSON.stringify({
    resourceType: 'Bundle',
    type: 'batch',
    entry: named('a', 30).map((id) => ({ request: { method: 'GET', url: `Observation/${id}` } })),
  }),
} as const

test('J33 J41 while 300 slow reads of one person wait, another person is answered', async () => {
  await inFrontOf((id) => id.startsWith('a'))
  const slow = named('a', 300).map((id) => gateway.get(`Observation/${id}`, 'TA'))
  await fourWait
  for (const id of named('b', 20)) expect((await gateway.get(`Observation/${id}`, 'TC')).status).toBe(200)
  expect(readsOf('a')).toHaveLength(4)
  release()
  await Promise.all(slow)
})

test('J32 J42 each entry of a batch is answered before the connection would be closed, the late ones by 504', async () => {
  await inFrontOf((id) => Number(id.slice(1)) >= 8)
  const { status, json: bundle } = await gateway.get('', 'TA', BATCH)
  expect(status).toBe(200)
  const statuses = bundle.entry.map(({ response }: { response: { status: string } }) =>
    Number.parseInt(response.status, 10),
  )
  expect(statuses).toEqual([...Array(8).fill(200), ...Array(22).fill(504)])
  expect(bundle.entry[0].resource.id).toBe('a0')
  // Each is logged as what it was.
  const entries = await gateway.entries()
  expect(entries.filter(({ outcome }) => outcome === '0')).toHaveLength(8)
  expect(entries).toHaveLength(30)
}, 15_000)

test('J32 J42 when the client of a batch leaves, its requests upstream end, and no more are sent or logged as given', async () => {
  await inFrontOf((id) => id.startsWith('a'))
  const client = new AbortController()
  const { method, headers, payload: body } = BATCH
  const batch = fetch(await gateway.listen(), {
    ...{ method, body, signal: client.signal },
    headers: { ...headers, authorization: 'Bearer TA-token' },
  }).catch(() => 'left')
  await fourWait
  client.abort()
  await batch
  await Promise.all(readsOf('a').map(({ gone }) => gone))
  // The next person's read comes after whatever would have followed.
  expect((await gateway.get('Observation/b1', 'TC')).status).toBe(200)
  expect(readsOf('a')).toHaveLength(4)
  const entries = await gateway.entries()
  expect(entries.filter(({ outcome, patient }) => outcome === '0' && patient === 'pa')).toEqual([])
  expect(gateway.reports).toEqual([])
})
