import { afterEach, expect, test, vi } from 'vitest'
import { startRecordingServer } from '../../fakes/recording-server.ts'
import { observation } from '../../fixtures/canary.ts'
import { LONG_HOST, recordParsed } from '../../fixtures/long-host.ts'
import { startGuarded } from '../fhir/guarded-server.ts'
import { startGateway } from './gateway.ts'
import { json, page, statement } from './opened-upstream.ts'

afterEach(() => vi.unstubAllGlobals())

/** `URL` would take half a minute for 300 of them; everything else here takes less than a second. */
const MOST_TIME = 5_000

const timed = async <T>(work: () => Promise<T>) => {
  const start = performance.now()
  const result = await work()
  return { result, time: performance.now() - start }
}

/** In every spelling that `URL` takes for a host. */
const spellings = (path: string) => [
  `http://${LONG_HOST}/${path}`,
  `https:\\\\${LONG_HOST}/${path}?://`,
  `http://${encodeURIComponent(LONG_HOST.slice(0, 1_700))}/${path}`,
]

test('J13 a resource with 300 references to long names of hosts keeps nobody waiting, and is sent as it is', async () => {
  const references = spellings('Observation/1').flatMap((reference) => Array(100).fill({ reference }))
  const own = observation('own', 'pa', { derivedFrom: references } as never)
  const server = await startRecordingServer(({ path }) =>
    path === '/fhir/metadata' ? json(statement) : path === '/fhir/Observation/own' ? json(own) : json(page()),
  )
  const gateway = await startGateway(`${server.origin}/fhir`)
  const parsed = recordParsed()
  const { result, time } = await timed(() => gateway.get('Observation/own', 'TA'))
  expect(parsed.length).toBeGreaterThan(0)
  expect(parsed.filter((text) => text.length > 400).map((text) => text.slice(0, 40))).toEqual([])
  expect(time).toBeLessThan(MOST_TIME)
  expect(result.status).toBe(200)
  expect(result.json.derivedFrom).toEqual(references)
  await gateway.close()
  await server.close()
})

test('an address with a name outside ASCII that is no reference is sent as upstream wrote it', async () => {
  const extension = [{ url: 'https://klinik-müller.example/größe', valueUrl: 'http://例え.example/x' }]
  const server = await startRecordingServer(({ path }) =>
    path === '/fhir/metadata'
      ? json(statement)
      : path === '/fhir/Observation/own'
        ? json(observation('own', 'pa', { extension } as never))
        : json(page()),
  )
  const gateway = await startGateway(`${server.origin}/fhir`)
  const { status, json: resource } = await gateway.get('Observation/own', 'TA')
  expect(status).toBe(200)
  expect(resource.extension).toEqual(extension)
  await gateway.close()
  await server.close()
})

test('J13 a batch whose 50 entries name long hosts keeps nobody waiting, and each entry is refused by itself', async () => {
  const server = await startGuarded([{ resourceType: 'Patient', id: 'pa' }])
  const entry = Array.from({ length: 49 }, (_, at) => ({
    request: { method: 'GET', url: spellings('Patient/pa')[at % 3] },
  }))
  const body = {
    resourceType: 'Bundle',
    type: 'batch',
    entry: [...entry, { request: { method: 'GET', url: 'Patient/pa' } }],
  }
  const parsed = recordParsed()
  const { result, time } = await timed(() =>
    server.get('', 'TA', {
      method: 'POST',
      payload: JSON.stringify(body),
      headers: { 'content-type': 'application/fhir+json' },
    } as never),
  )
  expect(parsed.filter((text) => text.length > 400).map((text) => text.slice(0, 40))).toEqual([])
  expect(time).toBeLessThan(MOST_TIME)
  const statuses = result.json.entry.map(({ response }: { response: { status: string } }) => response.status)
  expect(statuses).toEqual([...Array(49).fill('400 Bad Request'), '200 OK'])
  await server.close()
})
