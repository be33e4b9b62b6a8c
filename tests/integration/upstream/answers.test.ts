import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, test, vi } from 'vitest'
import type { FhirError } from '../../../server/fhir-error.ts'
import { type RecordingServer, type Reply, startRecordingServer } from '../../fakes/recording-server.ts'
import {
  json,
  type Opened,
  open,
  outcome,
  page,
  startRawServer,
  statement,
  USELESS,
} from './opened-upstream.ts'

const observation = { resourceType: 'Observation', id: 'o1' }
let opened: Opened | undefined
let server: { close(): Promise<void> } | undefined
afterEach(async () => {
  vi.useRealTimers()
  await opened?.upstream.close()
  await server?.close()
  opened = server = undefined
})

/** A server that gives this answer to everything but its CapabilityStatement. */
const serve = async (
  answer: (path: string, method: string, form: URLSearchParams) => Reply,
): Promise<Opened & { server: RecordingServer }> => {
  const recording = await startRecordingServer(({ path, method, form }) =>
    path === '/fhir/metadata' ? json(statement) : answer(path, method, form),
  )
  server = recording
  opened = await open(`${recording.origin}/fhir`)
  return { ...opened, server: recording }
}

const faultOf = (asking: Promise<unknown>): Promise<FhirError> =>
  asking.then(
    () => expect.unreachable('It was answered.'),
    (error) => error,
  )

test('checklist G1 a resource, a page and the next page are read; only our own headers are sent', async () => {
  const { upstream, server } = await serve((path) => {
    const next = { link: [{ relation: 'next', url: `${server.origin}/fhir?_getpages=x` }] }
    return json(
      path === '/fhir/Observation/o1'
        ? observation
        : path.startsWith('/fhir/Patient')
          ? page()
          : page({ entry: [{ resource: observation }], ...(path === '/fhir' ? {} : next) }),
    )
  })
  expect(await upstream.read('Observation', 'o1')).toMatchObject({ type: 'Observation', id: 'o1' })
  const first = await upstream.search(
    'Observation',
    new URLSearchParams({ patient: 'Patient/pa', _count: '20' }),
  )
  expect(first).toMatchObject({ resources: [{ id: 'o1' }], next: '?_getpages=x' })
  expect((await upstream.follow(first.next ?? '')).next).toBeUndefined()
  const [search, follow] = server.requests.filter(({ path }) => !/Patient|metadata|o1/.test(path))
  expect(search).toMatchObject({ method: 'POST', path: '/fhir/Observation/_search' })
  expect([...(search?.form ?? [])]).toEqual([
    ['patient', 'Patient/pa'],
    ['_count', '20'],
    ['_total', 'none'],
  ])
  expect([...(search?.query ?? [])]).toEqual([])
  expect(follow).toMatchObject({ method: 'GET', path: '/fhir' })
  const names = server.requests.flatMap(({ headers }) => Object.keys(headers))
  expect([...new Set(names)].sort()).toEqual(
    'accept accept-encoding connection content-length content-type host user-agent x-request-id'.split(' '),
  )
})

test('checklist G5 the offer of upstream is what its CapabilityStatement says', async () => {
  const { upstream } = await serve(() => 'hang-up')
  const offer = await upstream.offer()
  expect([...offer.keys()]).toEqual(['Observation', 'Patient', 'Binary'])
  expect(offer.get('Observation')).toEqual({
    read: true,
    search: true,
    parameters: new Set(['_id', 'patient']),
    includes: new Set(['Observation:patient']),
  })
  expect(offer.get('Binary')).toMatchObject({ read: true, search: false, parameters: new Set(['_id']) })
})

test.each<[string, Reply]>([
  ['refuses a posted search', { status: 405 }],
  ['has no posted searches', { status: 501 }],
  [
    'answers a posted search with a page for people',
    { headers: { 'content-type': 'text/html' }, body: '<html>' },
  ],
  [
    'ignores the form of a posted search',
    json(page({ entry: [{ resource: { resourceType: 'Patient', id: 'pb' } }] })),
  ],
])('a server that %s is searched by GET', async (_name, reply) => {
  const { upstream, server, lines } = await serve((_path, method) =>
    method === 'POST' ? reply : json(page()),
  )
  for (const patient of ['pa', 'pb']) await upstream.search('Observation', new URLSearchParams({ patient }))
  expect(
    server.requests.slice(1).map(({ method, path, query }) => [method, path, query.get('patient')]),
  ).toEqual([
    ['POST', '/fhir/Patient/_search', null],
    ['POST', '/fhir/Patient/_search', null],
    ['POST', '/fhir/Patient/_search', null],
    // It answers the same by GET, and refuses it again.
    ['GET', '/fhir/Patient', null],
    ['POST', '/fhir/Patient/_search', null],
    ['GET', '/fhir/Observation', 'pa'],
    ['GET', '/fhir/Observation', 'pb'],
  ])
  expect(lines).toMatchObject([{ sentence: expect.stringContaining('takes no posted searches') }])
})

test('J36 a server that answers every posted search with an empty page is searched by GET', async () => {
  const patients = page({ entry: [{ resource: { resourceType: 'Patient', id: 'pb' } }] })
  const { upstream, server, lines } = await serve((path, method) => {
    if (method === 'POST') return json(page())
    return json(path === '/fhir/Patient' ? patients : page({ entry: [{ resource: observation }] }))
  })
  const { resources } = await upstream.search('Observation', new URLSearchParams({ patient: 'pa' }))
  expect(resources).toHaveLength(1)
  expect(server.requests.at(-1)).toMatchObject({ method: 'GET', path: '/fhir/Observation' })
  expect(lines).toMatchObject([{ sentence: expect.stringContaining('takes no posted searches') }])
})

test('J35 a server that refuses a parameter twice is asked with the first of them', async () => {
  const { upstream, server, lines } = await serve((_path, _method, form) =>
    [...form.keys()].some((name) => form.getAll(name).length > 1) ? { status: 400 } : json(page()),
  )
  const asked = new URLSearchParams('name=Doe&name=John&birthdate=ge1980&birthdate=le1990&_count=20')
  await upstream.search('Patient', asked)
  expect(server.requests.at(-1)?.form.toString()).toBe('_count=20&birthdate=ge1980&name=Doe&_total=none')
  expect(lines).toMatchObject([{ sentence: expect.stringContaining('takes no parameter twice') }])
})

test('a server that refuses `_total` is searched by POST without it', async () => {
  const { upstream, server, lines } = await serve((_path, _method, form) =>
    form.has('_total') ? { status: 400 } : json(page()),
  )
  await upstream.search('Observation', new URLSearchParams({ patient: 'pa' }))
  const { method, form } = server.requests.at(-1) ?? expect.unreachable()
  expect([method, `${form}`]).toEqual(['POST', 'patient=pa'])
  expect(lines).toEqual([])
})

const PATIENT = page({ entry: [{ resource: { resourceType: 'Patient', id: 'pb' } }] })

/** Searches by name, and says how. */
const methodOf = async ({ upstream, server }: Awaited<ReturnType<typeof serve>>): Promise<string> => {
  const before = server.requests.length
  await upstream.search('Patient', new URLSearchParams({ name: 'Canary' })).catch(() => {})
  return server.requests
    .slice(before)
    .flatMap(({ method, form, query }) => (form.has('name') || query.has('name') ? method : []))
    .join()
}

test('a server that forbids every posted search is searched by GET', async () => {
  const open = await serve((_path, method) => (method === 'POST' ? { status: 403 } : json(page())))
  expect(await methodOf(open)).toBe('GET')
  expect(await methodOf(open)).toBe('GET')
})

const MAINTENANCE = { headers: { 'content-type': 'text/html' }, body: '<html>Back soon.</html>' }
const REFUSALS = [
  ...[400, 403, 404, 405, 408, 422, 501].map((status) => [status, { status }] as const),
  ['a page for people', MAINTENANCE] as const,
]

test.each(REFUSALS.flatMap((refusal) => [1, 2, 3, 4, 5].map((count) => [...refusal, count] as const)))(
  'a server that answers %s, %o, to %d requests and no more gets no name in an address',
  async (_what, refusal, count) => {
    let left = count
    const open = await serve((_path, _method, form) => {
      if (left-- > 0) return refusal
      return json(form.has('_id') ? page() : PATIENT)
    })
    const methods = [await methodOf(open), await methodOf(open), await methodOf(open)]
    expect(methods).not.toContain('GET')
    expect(methods.at(-1)).toBe('POST')
  },
)

test('searches go on while it is found out again, once an hour, how they are taken', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const tests: (() => void)[] = []
  let isHeld = false
  const recording = await startRecordingServer(async ({ path, form }) => {
    if (path === '/fhir/metadata') return json(statement)
    if (form.has('_id') && isHeld) await new Promise<void>((release) => tests.push(release))
    return json(form.has('_id') ? page() : PATIENT)
  })
  server = recording
  opened = await open(`${recording.origin}/fhir`)
  const { upstream } = opened
  const search = async () => {
    await upstream.prepare()
    return upstream.search('Patient', new URLSearchParams({ name: 'Canary' }))
  }
  await search()
  isHeld = true
  vi.advanceTimersByTime(3_600_000)
  await vi.waitFor(() => expect(tests).toHaveLength(1))
  expect((await search()).resources).toHaveLength(1)
  isHeld = false
  for (const release of tests) release()
})

describe('a server that shows no patient to a search for anybody', () => {
  const inFrontOf = async (people: () => object[]) => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const { upstream, server } = await serve((_path, _method, form) =>
      json(page({ entry: form.has('_id') ? [] : people() })),
    )
    return async () => {
      const before = server.requests.length
      await upstream.prepare()
      await upstream.search('Patient', new URLSearchParams({ name: 'Canary' }))
      return server.requests.slice(before)
    }
  }

  it('is tested no more than once a minute, and no search waits for it', async () => {
    const search = await inFrontOf(() => [])
    const first = (await search()).length
    expect(first).toBeGreaterThan(1)
    for (let n = 0; n < 3; n++) expect(await search()).toHaveLength(1)
    vi.advanceTimersByTime(60_001)
    expect((await search()).length).toBeLessThan(first)
    await vi.waitFor(async () => expect(await search()).toHaveLength(1))
  })

  it('is searched by GET once it has shown that it ignores posted forms', async () => {
    let people: object[] = []
    const { upstream, server } = await serve(() => json(page({ entry: people })))
    vi.useFakeTimers({ toFake: ['performance'] })
    const ask = async () => {
      await upstream.prepare()
      await upstream.search('Observation', new URLSearchParams({ patient: 'Patient/pa' }))
      return server.requests.at(-1)?.method
    }
    expect(await ask()).toBe('POST')
    people = [{ resource: { resourceType: 'Patient', id: 'pb' }, search: { mode: 'include' } }]
    vi.advanceTimersByTime(60_001)
    await vi.waitFor(async () => expect(await ask()).toBe('GET'))
  })
})

test('G07 an id that would lead to another address is not requested', async () => {
  const { upstream, server } = await serve(() => json(observation))
  for (const id of ['.', '..']) expect(await upstream.read('Patient', id)).toBeUndefined()
  expect(server.requests).toHaveLength(1)
})

describe('a server works', () => {
  const healthOf = async (reply: Reply) => (await serve(() => reply)).upstream.health()

  it.each(USELESS)('not if it answers a read of nobody with %s', async (_what, reply) => {
    expect(await healthOf(reply)).toBe('away')
  })

  it.each([200, 404, 410])('if it answers a read of nobody with %d and FHIR', async (status) => {
    expect(await healthOf(outcome(status))).toBe('working')
  })

  it('only if its answer to another request was understood', async () => {
    const { upstream } = await serve(() => json({ status: 'down' }))
    await faultOf(upstream.search('Observation', new URLSearchParams({ patient: 'pa' })))
    expect(await upstream.health()).toBe('away')
  })
})

describe('G05 an answer that is not a success', () => {
  const saying = (status: number, headers = {}): Reply => ({
    status,
    headers: { 'content-type': 'application/fhir+json', ...headers },
    body: JSON.stringify({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'processing', diagnostics: 'CANARY about o1' }],
    }),
  })

  it.each([
    [404, undefined],
    [410, 'gone'],
  ])('%d to a read means that there is no resource', async (status, result) => {
    const { upstream } = await serve(() => saying(status))
    expect(await upstream.read('Observation', 'o1')).toBe(result)
  })

  it.each([404, 410])('%d to a next page means that the page is gone', async (status) => {
    const { upstream } = await serve(() => saying(status))
    expect(await faultOf(upstream.follow('?_getpages=x'))).toMatchObject({ status: 410, code: 'page_gone' })
  })

  it.each([
    ...[400, 401, 403, 409, 412, 422, 501].map((status) => [status, 502] as const),
    ...[201, 204, 206, 304].map((status) => [status, 502] as const),
    ...[500, 502, 503, 504].map((status) => [status, 503] as const),
  ])('%d becomes %d, in our own words; the code of what it says goes to the log', async (status, ours) => {
    const { upstream, lines } = await serve(() => saying(status))
    const fault = await faultOf(upstream.read('Observation', 'o1'))
    expect(fault).toMatchObject({ status: ours })
    expect(`${fault.message}${fault.stack}`).not.toContain('CANARY')
    const says = [204, 304].includes(status) ? undefined : 'processing'
    expect(lines).toMatchObject([{ details: { status, says } }])
    expect(JSON.stringify(lines)).not.toContain('o1')
  })

  it('a refused search that names nobody leaves the same', async () => {
    const refused = saying(500)
    const { upstream, server, lines } = await serve((path, method, form) => {
      if (method === 'GET') return path === '/fhir' ? refused : json(page())
      return form.has('_id') ? json(page()) : refused
    })
    // It is asked for any patient.
    await upstream.prepare()
    await faultOf(upstream.search('Observation', new URLSearchParams()))
    // A link to a next page may be the base itself.
    await faultOf(upstream.follow(''))
    expect(server.requests.at(-1)).toMatchObject({ method: 'GET', path: '/fhir' })
    expect(lines).toMatchObject(lines.map(() => ({ details: { status: 500, says: 'processing' } })))
    expect(lines).toHaveLength(3)
  })

  it('a search that is answered with 404 is refused as a wrong answer', async () => {
    const { upstream } = await serve(() => saying(404))
    expect(await faultOf(upstream.search('Observation', new URLSearchParams()))).toMatchObject({
      status: 502,
    })
  })

  it('429 becomes 503 with its Retry-After, and nothing is requested until then', async () => {
    const { upstream, server } = await serve(() => saying(429, { 'retry-after': '7' }))
    for (let n = 0; n < 3; n++)
      expect(await faultOf(upstream.read('Observation', 'o1'))).toMatchObject({
        ...{ status: 503, headers: { 'retry-after': '7' } },
      })
    expect(server.requests).toHaveLength(2)
    expect(await upstream.health()).toBe('away')
  })

  it('a redirect is not followed', async () => {
    const evil = await startRecordingServer(() => json(observation))
    try {
      const { upstream } = await serve(() => ({
        status: 302,
        headers: { location: `${evil.origin}/fhir/Observation/o1` },
      }))
      expect(await faultOf(upstream.read('Observation', 'o1'))).toMatchObject({ status: 502 })
      expect(evil.requests).toEqual([])
    } finally {
      await evil.close()
    }
  })
})

describe('G04 an answer that cannot be used', () => {
  const gzip = gzipSync(JSON.stringify(observation)).toString('latin1')
  it.each<[string, Reply]>([
    ['HTML', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['XML', { headers: { 'content-type': 'application/fhir+xml' }, body: '<Observation/>' }],
    ['no type', { headers: { 'content-type': '' }, body: JSON.stringify(observation) }],
    [
      'another charset',
      { headers: { 'content-type': 'application/json; charset=utf-16' }, body: JSON.stringify(observation) },
    ],
    [
      'a compressed body',
      { headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body: gzip },
    ],
    ['another resource', json({ ...observation, id: 'o2' })],
    [
      'half a resource',
      { headers: { 'content-type': 'application/json' }, body: '{"resourceType":"Observation",' },
    ],
    ['nothing', { headers: { 'content-type': 'application/json' }, body: '' }],
  ])('is refused: %s', async (_name, reply) => {
    const { upstream, lines } = await serve(() => reply)
    expect(await faultOf(upstream.read('Observation', 'o1'))).toMatchObject({
      status: 502,
      code: 'upstream_wrong',
    })
    expect(lines).toMatchObject([{ sentence: 'an answer of the FHIR server upstream is not used' }])
    // The next request gets the connection, or another one.
    expect(await faultOf(upstream.read('Observation', 'o1'))).toMatchObject({ status: 502 })
  })

  const raw = async (answer: Parameters<typeof startRawServer>[0], timeout = 5_000): Promise<Opened> => {
    const rawServer = await startRawServer(answer)
    server = rawServer
    opened = await open(rawServer.base, { timeout })
    return opened
  }
  const headers = { 'content-type': 'application/fhir+json' }

  it('is refused: text that is not UTF-8', async () => {
    const { upstream } = await raw((_request, response) => {
      response
        .writeHead(200, headers)
        .end(Buffer.from('{"resourceType":"Observation","id":"o1","text":"\xff"}', 'latin1'))
    })
    expect(await faultOf(upstream.read('Observation', 'o1'))).toMatchObject({ status: 502 })
  })

  it('is refused after 10 MB: one that never ends', async () => {
    let sentCount = 0
    const { upstream, lines } = await raw((_request, response) => {
      response.writeHead(200, headers)
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(65_536))) sentCount += 65_536
      }
      response.on('drain', more)
      more()
    })
    expect(await faultOf(upstream.read('Observation', 'o1'))).toMatchObject({ status: 502 })
    expect(lines).toMatchObject([{ details: { reason: 'it is larger than 10 MB' } }])
    expect(sentCount).toBeLessThan(40_000_000)
  })

  it('is ended: a byte now and then, and headers that never come', async () => {
    const { upstream } = await raw(({ url }, response) => {
      if (url?.endsWith('silent')) return
      response.writeHead(200, headers)
      const timer = setInterval(() => response.write(' '), 50)
      response.on('close', () => clearInterval(timer))
    }, 400)
    const start = performance.now()
    expect(await faultOf(upstream.read('Observation', 'slow'))).toMatchObject({
      status: 504,
      code: 'upstream_slow',
    })
    expect(await faultOf(upstream.read('Observation', 'silent'))).toMatchObject({ status: 504 })
    expect(performance.now() - start).toBeLessThan(4_000)
  })

  it('is refused: what is not HTTP, and headers without end', async () => {
    const { upstream } = await raw(({ url, socket }) => {
      socket.end(
        url?.endsWith('o1')
          ? 'SSH-2.0-OpenSSH\r\n\r\n'
          : `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`,
      )
    })
    expect(await faultOf(upstream.read('Observation', 'o1'))).toMatchObject({ status: 502 })
    expect(await faultOf(upstream.read('Observation', 'o2'))).toMatchObject({ status: 502 })
  })
})
