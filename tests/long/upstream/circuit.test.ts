import { createServer } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { freePort } from '../../../scripts/server-process.ts'
import type { FhirError } from '../../../server/fhir-error.ts'
import { type RecordingServer, type Reply, startRecordingServer } from '../../fakes/recording-server.ts'
import { json, type Opened, open, statement } from '../../integration/upstream/opened-upstream.ts'

const observation = { resourceType: 'Observation', id: 'o1' }
let opened: Opened | undefined
let server: { close(): Promise<void> } | undefined
afterEach(async () => {
  await opened?.upstream.close()
  await server?.close()
  opened = server = undefined
})

const serve = async (
  answer: (path: string) => Reply | Promise<Reply>,
  timeout?: number,
): Promise<Opened & { server: RecordingServer }> => {
  const recording = await startRecordingServer(({ path }) => answer(path))
  server = recording
  opened = await open(`${recording.origin}/fhir`, timeout === undefined ? {} : { timeout })
  return { ...opened, server: recording }
}

const read = ({ upstream }: Opened, id = 'o1') =>
  upstream.read('Observation', id).then(
    () => 200,
    (error: FhirError) => error.status,
  )

/** The circuit opens only after a test request of the server's own has failed as well. */
const untilAway = ({ lines }: Opened) =>
  vi.waitFor(() => expect(lines.map(({ sentence }) => sentence)).toContain(AWAY), {
    timeout: 2_000,
    interval: 5,
  })
const AWAY =
  'the FHIR server upstream does not answer, or asks for a pause: requests are refused until it answers'
const BACK = 'the FHIR server upstream answers again'

test('G11 a server that breaks connections is left in peace, and is used again when it is back', async () => {
  let isAway = false
  const it = await serve((path) =>
    isAway ? 'hang-up' : json(path === '/fhir/metadata' ? statement : observation),
  )
  isAway = true
  const under = await Promise.all(Array.from({ length: 50 }, () => read(it)))
  expect(new Set(under)).toEqual(new Set([503]))
  await untilAway(it)

  const requestCount = it.server.requests.length
  const refusals = await Promise.all(
    Array.from({ length: 1_000 }, () => it.upstream.read('Observation', 'o1').catch((error) => error)),
  )
  expect(refusals.at(-1)).toMatchObject({
    status: 503,
    code: 'upstream_away',
    headers: { 'retry-after': '1' },
  })
  expect(it.server.requests).toHaveLength(requestCount)

  isAway = false
  await vi.waitFor(() => expect(it.lines.map(({ sentence }) => sentence)).toContain(BACK), {
    timeout: 3_000,
    interval: 20,
  })
  const tries = it.server.requests.slice(requestCount).map(({ path }) => path)
  expect(tries).toEqual([expect.stringMatching(/^\/fhir\/Patient\/[\da-f-]{36}$/)])
  expect(await read(it)).toBe(200)
  const sentences = it.lines.map(({ sentence }) => sentence)
  expect(sentences.filter((line) => /pause|again/.test(line))).toEqual([AWAY, BACK])
})

test('G11 the pause grows while the server stays away, and one request at a time tests it', async () => {
  let isAway = false
  const it = await serve((path) =>
    isAway ? { status: 503 } : json(path === '/fhir/metadata' ? statement : observation),
  )
  isAway = true
  for (let n = 0; n < 5; n++) expect(await read(it)).toBe(503)
  await untilAway(it)
  const requestCount = it.server.requests.length
  await vi.waitFor(() => expect(it.server.requests).toHaveLength(requestCount + 1), {
    timeout: 2_000,
    interval: 20,
  })
  await vi.waitFor(
    async () => {
      const error = await it.upstream.read('Observation', 'o1').catch((error) => error)
      expect(error.headers['retry-after']).toBe('2')
    },
    { timeout: 1_000, interval: 20 },
  )
  expect(it.server.requests).toHaveLength(requestCount + 1)
})

test('G11 a pause that upstream asks for again, when it is tested, is kept', async () => {
  let pause = '1'
  const it = await serve((path) =>
    path === '/fhir/metadata' ? json(statement) : { status: 429, headers: { 'retry-after': pause } },
  )
  const askedPause = () =>
    it.upstream.read('Observation', 'o1').catch(({ headers }) => headers['retry-after'])
  expect(await askedPause()).toBe('1')
  pause = '60'
  await vi.waitFor(async () => expect(await askedPause()).toBe('60'), { timeout: 3_000, interval: 20 })
  expect(it.server.requests.filter(({ path }) => path !== '/fhir/metadata')).toHaveLength(2)
})

test('G11 a search on which upstream always fails keeps nobody else out', async () => {
  const it = await serve((path) =>
    path === '/fhir/metadata' ? json(statement) : path.endsWith('bad') ? { status: 500 } : json(observation),
  )
  for (let n = 0; n < 20; n++) expect(await read(it, 'bad')).toBe(503)
  expect([await read(it), await it.upstream.health()]).toEqual([200, 'working'])
})

test('J43 a server that still says what it offers, but reads nothing, is away; it is used again within 5 s', async () => {
  let isBroken = false
  const it = await serve((path) => {
    if (path === '/fhir/metadata') return json(statement)
    return isBroken ? { status: 500 } : json(observation)
  })
  isBroken = true
  for (let n = 0; n < 5; n++) expect(await read(it)).toBe(503)
  await untilAway(it)
  expect(await it.upstream.health()).toBe('away')
  // Until the pauses have grown.
  const requestCount = it.server.requests.length
  await vi.waitFor(() => expect(it.server.requests).toHaveLength(requestCount + 3), {
    timeout: 9_000,
    interval: 50,
  })
  isBroken = false
  await vi.waitFor(async () => expect(await read(it)).toBe(200), { timeout: 5_000, interval: 50 })
}, 20_000)

test('J43 a server that is away at the start is said to be away at once', async () => {
  const it = await open(`http://127.0.0.1:${await freePort()}/fhir`)
  opened = it
  expect(await it.upstream.health()).toBe('away')
})

test('J37 a server that refuses the credential is said to refuse it, and not to be away', async () => {
  const it = await serve((path) => (path === '/fhir/metadata' ? json(statement) : { status: 401 }))
  expect([await read(it), await it.upstream.health()]).toEqual([502, 'refused'])
})

test('a timeout counts as a failure', async () => {
  let isSlow = false
  const it = await serve(
    (path) =>
      isSlow ? new Promise<Reply>(() => {}) : json(path === '/fhir/metadata' ? statement : observation),
    150,
  )
  isSlow = true
  expect(await Promise.all(Array.from({ length: 5 }, () => read(it)))).toEqual([504, 504, 504, 504, 504])
  await untilAway(it)
})

test('a connection that is closed while it is used is replaced once', async () => {
  let breaks = 0
  const it = await serve((path) =>
    path !== '/fhir/metadata' && breaks-- > 0
      ? 'hang-up'
      : json(path === '/fhir/metadata' ? statement : observation),
  )
  breaks = 1
  expect(await read(it)).toBe(200)
  breaks = 2
  expect(await read(it)).toBe(503)
})

test('checklist G6 a server that starts later is found once it is there', async () => {
  const port = await freePort()
  opened = await open(`http://127.0.0.1:${port}/fhir`)
  expect(opened.lines.map(({ details }) => details)).toContainEqual({ code: 'ECONNREFUSED' })
  expect(await read(opened)).toBe(503)
  await expect(opened.upstream.offer()).rejects.toMatchObject({ status: 503 })
  const { createServer: createHttpServer } = await import('node:http')
  const late = createHttpServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(statement)),
  )
  await new Promise<void>((resolve) => late.listen(port, '127.0.0.1', resolve))
  server = { close: async () => void late.close() }
  expect([...(await opened.upstream.offer()).keys()]).toContain('Observation')
})

test('G15 a server that is not a FHIR R4 server is refused at start, in one sentence', async () => {
  const replies: [Reply, string][] = [
    [
      json({ ...statement, fhirVersion: '5.0.0' }),
      'speaks another version of FHIR (5.0.0). Carekey needs R4',
    ],
    [json({ ...statement, fhirVersion: '4.3.0' }), 'speaks another version of FHIR (4.3.0)'],
    [json({ resourceType: 'CapabilityStatement' }), 'speaks another version of FHIR (none that it names)'],
    [json({ resourceType: 'OperationOutcome' }), 'There is no FHIR server at'],
    [json([]), 'There is no FHIR server at'],
    [{ status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' }, 'but status 404'],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/fhir/metadata' } }, 'but status 302'],
    [{ headers: { 'content-type': 'text/html' }, body: '<html>' }, 'it is not FHIR as JSON'],
  ]
  for (const [reply, sentence] of replies) {
    const recording = await startRecordingServer(() => reply)
    const refusal = await open(`${recording.origin}/fhir`).catch((error) => error)
    await recording.close()
    expect(refusal).toMatchObject({ code: 'upstream-refused', message: expect.stringContaining(sentence) })
    expect(refusal.message).toContain(`${recording.origin}/fhir`)
  }
})

test('G15 a server that is busy or refuses the credential at start is tried again later', async () => {
  for (const status of [401, 403, 429, 500, 503]) {
    const recording = await startRecordingServer(() => ({ status }))
    const { upstream } = await open(`${recording.origin}/fhir`)
    await upstream.close()
    await recording.close()
  }
})

test('a port without an HTTP server is refused at start', async () => {
  const raw = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end('SSH-2.0-OpenSSH\r\n\r\n'))
  })
  const port = await freePort()
  await new Promise<void>((resolve) => raw.listen(port, '127.0.0.1', resolve))
  server = { close: async () => void raw.close() }
  await expect(open(`http://127.0.0.1:${port}/fhir`)).rejects.toThrow('it is not HTTP as it should be')
})
