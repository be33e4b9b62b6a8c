import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createUpstream } from '../../../server/sources/transport/create-upstream.ts'
import { type RecordingServer, startRecordingServer } from '../../fakes/recording-server.ts'
import { startServerProcess } from '../../fixtures/server-process.ts'
import { createDatabase } from '../../fixtures/store.ts'
import { json, page, statement } from './opened-upstream.ts'

const PROXY = 'https://fhir.example.org/r4'

let server: RecordingServer | undefined
let close: (() => Promise<void>) | undefined
afterEach(async () => {
  await close?.()
  await server?.close()
})

/** A server that gives itself the name of the proxy in front of it. */
const searchAt = async (aliases: readonly string[]) => {
  server = await startRecordingServer(({ path, form }) => {
    if (path === '/fhir/metadata') return json(statement)
    const self = { relation: 'self', url: `${PROXY}/Patient/_search` }
    if (form.has('_id')) return json(page({ link: [self] }))
    const subject = { reference: `${PROXY}/Patient/pa` }
    const entry = [{ resource: { resourceType: 'Observation', id: 'o1', subject } }]
    return json(page({ entry, link: [self, { relation: 'next', url: `${PROXY}?_getpages=a` }] }))
  })
  const lines: object[] = []
  const report = (sentence: string, details: object = {}) => void lines.push({ sentence, ...details })
  const source = {
    kind: 'fhir',
    base: `${server.origin}/fhir`,
    aliases,
    authentication: { kind: 'none' },
  } as const
  const upstream = await createUpstream({ source, clock: Date.now, report })
  close = upstream.close
  const answer = await upstream
    .search('Observation', new URLSearchParams({ patient: 'pa' }))
    .catch((error) => error)
  return { answer, lines }
}

test('J45 an upstream that gives itself another address is said, by the names of the settings', async () => {
  const { answer, lines } = await searchAt([])
  expect(answer).toMatchObject({ status: 502 })
  expect(lines[0]).toEqual({
    sentence: expect.stringMatching(/"source\.base".*"source\.aliases"/),
    origin: 'https://fhir.example.org',
    pathLength: 3,
  })
})

test('J45 its other name leads to the same server, in links and references', async () => {
  const { answer, lines } = await searchAt(['https://other.example', PROXY])
  expect(answer.next).toBe('?_getpages=a')
  expect(JSON.parse(answer.resources[0].json).subject).toEqual({ reference: 'Patient/pa' })
  expect(lines).toEqual([])
})

test('J45 of another address, only the origin and a length are in the log', async () => {
  server = await startRecordingServer(({ path }) => {
    if (path === '/fhir/metadata') return json(statement)
    return json(page({ link: [{ relation: 'self', url: `${PROXY}/Jane-Smith/${'x'.repeat(1_000_000)}` }] }))
  })
  const database = await createDatabase('sqlite')
  const config = join(dirname(database.logKey), 'config.json')
  const source = { kind: 'fhir', base: `${server.origin}/fhir`, authentication: { kind: 'none' } }
  await writeFile(config, JSON.stringify({ source }))
  const gateway = await startServerProcess({ db: database.url, logKey: database.logKey, config })
  close = async () => {
    await gateway.kill()
    await database.close()
  }
  const told = () => gateway.log().find((line) => line.includes('calls itself by another address'))
  await expect.poll(told).toContain('"origin":"https://fhir.example.org","pathLength":1000015')
  expect(told()).not.toContain('Jane')
})
