import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startMedplum, type TwistedServer } from '../../fakes/medplum-upstream.ts'
import { type Reply, startRecordingServer } from '../../fakes/recording-server.ts'
import { CANARY_B, observation, reference } from '../../fixtures/canary.ts'
import { crossLinkedRecords } from '../fhir/cross-linked-records.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { json, outcome, page, startRawServer, statement, USELESS } from './opened-upstream.ts'

const records = [
  ...crossLinkedRecords,
  {
    ...{ resourceType: 'Encounter', id: 'of-group', status: 'finished', class: { code: 'AMB' } },
    subject: reference('Group/both'),
  },
  {
    ...{ resourceType: 'Procedure', id: 'of-group', status: 'completed' },
    subject: reference('Group/both'),
    performer: [{ actor: reference('Patient/pa') }],
  },
  {
    ...{ resourceType: 'Group', id: 'both', type: 'person', actual: true },
    member: ['pa', 'pb'].map((id) => ({ entity: reference(`Patient/${id}`) })),
  },
  {
    ...observation('a-linked', 'pa'),
    contained: [
      { resourceType: 'Patient', id: 'x', link: [{ other: reference('Patient/pb'), type: 'seealso' }] },
    ],
  },
  { ...observation('a-mixed', 'pa'), contained: [observation('x', 'pb')] },
  {
    ...observation('a-strange', 'pa'),
    contained: [{ resourceType: 'toString' }, { resourceType: 'constructor' }],
  },
  { resourceType: 'Practitioner', id: 'holds-b', contained: [observation('x', 'pb')] },
  {
    resourceType: 'Provenance',
    id: 'b-prov',
    target: [reference('Patient/pb'), reference('Observation/a-obs1')],
  },
]

let upstream: TwistedServer
let gateway: Gateway
beforeAll(async () => {
  upstream = await startMedplum(records, {
    offers: (type, parameter) => !(type === 'Condition' && parameter === 'asserter'),
  })
  gateway = await startGateway(upstream.base)
})
afterEach(async () => {
  upstream.twist = {}
  await gateway.entries()
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const spoil = (spoilt: string) => ({
  answer: (bundle: { type?: unknown }, type: string) => {
    if (type === spoilt) bundle.type = 'history'
  },
})

const loggedPatients = async () => (await gateway.entries()).map(({ patient }) => patient).sort()

describe('an error reveals nothing about anybody who is not in the log', () => {
  test.each(['A-1', 'nobody'])(
    'a _revinclude that is not possible is refused beforehand (%s)',
    async (value) => {
      const answer = await gateway.get(`Patient?identifier=${value}&_revinclude=Condition:asserter`, 'TC')
      expect(answer.status).toBe(400)
    },
  )

  test('if a resource to include cannot be read, the patient who was found gets an entry', async () => {
    upstream.twist = spoil('Observation')
    const search = (value: string) => `Patient?identifier=${value}&_revinclude=Observation:subject`
    expect((await gateway.get(search('b-1'), 'TC')).status).toBe(502)
    expect(await loggedPatients()).toEqual(['pb'])
    expect((await gateway.get(search('nobody'), 'TC')).status).toBe(200)
    expect(await loggedPatients()).toEqual([null])
  })

  test('if the patients of a read cannot all be looked up, those who were found get an entry', async () => {
    upstream.twist = spoil('Observation')
    expect((await gateway.get('Provenance/b-prov', 'TC')).status).toBe(502)
    expect(await loggedPatients()).toEqual(['pb'])
  })
})

describe('a resource that cannot be used is answered like one that does not exist (G02)', () => {
  const NOTHING = JSON.stringify({ resourceType: 'OperationOutcome' })
  const bodies: Record<string, [number, string]> = {
    twice: [
      200,
      '{"resourceType":"Observation","id":"twice","id":"twice","subject":{"reference":"Patient/pb"}}',
    ],
    large: [200, JSON.stringify({ ...observation('large', 'pb'), note: [{ text: 'x'.repeat(10_000_000) }] })],
    denied: [403, '{}'],
    lost: [404, '<h1>404</h1>'],
    other: [200, JSON.stringify(observation('b-obs1', 'pb'))],
    none: [404, NOTHING],
    gone: [410, NOTHING],
  }

  test('for a patient; a clinician and the operator learn that something is wrong', async () => {
    const raw = await startRawServer(({ url = '' }, response) => {
      const [status, body] = bodies[url.split('/').at(-1) ?? ''] ?? [404, NOTHING]
      response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(body)
    })
    const open = await startGateway(raw.base)
    const none = await open.get('Observation/none', 'TA')
    expect(none.status).toBe(404)
    for (const id of ['twice', 'large', 'denied', 'lost', 'other']) {
      open.reports.length = 0
      const answer = await open.get(`Observation/${id}`, 'TA')
      expect([answer.status, answer.text], id).toEqual([404, none.text])
      // Whose the large one is, the server does not say either.
      expect(open.reports, id).toHaveLength(id === 'large' ? 2 : 1)
      expect((await open.get(`Observation/${id}`, 'TC')).status, id).toBe(id === 'large' ? 404 : 502)
    }
    // J48: that there was one is told to nobody, because the log could not say whose it was.
    for (const as of ['TA', 'TClab', 'TC'] as const) {
      const answer = await open.get('Observation/gone', as)
      expect([answer.status, answer.text], as).toEqual([404, none.text])
    }
    await open.close()
    await raw.close()
  })
})

describe('a resource of more than 10 MB', () => {
  const large = (id: string, patient: string, more: object = {}) => ({
    ...observation(id, patient, more),
    note: [{ text: 'x'.repeat(10_000_000) }],
  })
  const stored = new Map(
    [
      large('a-large', 'pa'),
      large('b-large', 'pb'),
      large('b-by-a', 'pb', { performer: [reference('Patient/pa')] }),
      large('a-with-b', 'pa', { contained: [observation('x', 'pb')] }),
      large('a-elsewhere', 'pa', {
        performer: [{ reference: 'urn:uuid:3f2b1f5e-0000-4000-8000-000000000000' }],
      }),
    ].map((resource) => [resource.id, resource]),
  )
  /** A server that gives a part of a resource if it is asked for it, or not. */
  const startLarge = (takesElements: boolean) =>
    startRecordingServer(({ path, query, form }) => {
      if (path === '/fhir/metadata') return json(statement)
      const whole = stored.get(path.split('/').at(-1) ?? '')
      if (whole) return json(whole)
      const parameters = new URLSearchParams([...form, ...query])
      const resource: Record<string, unknown> | undefined = stored.get(parameters.get('_id') ?? '')
      if (!resource) return path.endsWith('/_search') || query.size > 0 ? json(page()) : outcome(404)
      const names = ['resourceType', 'id', ...(parameters.get('_elements')?.split(',') ?? [])]
      const part = Object.fromEntries(
        names.filter((name) => name in resource).map((name) => [name, resource[name]]),
      )
      return json(page({ entry: [{ resource: takesElements ? part : resource }] }))
    })
  const startOpen = async (takesElements: boolean) => {
    const server = await startLarge(takesElements)
    const open = await startGateway(`${server.origin}/fhir`)
    onTestFinished(async () => {
      await open.close()
      await server.close()
    })
    return open
  }

  test('is called too large to those who may read it, and has an entry', async () => {
    const open = await startOpen(true)
    for (const [as, id, patients] of [
      ['TA', 'a-large', ['pa']],
      ['TAread', 'a-large', ['pa']],
      ['TA', 'b-by-a', ['pa', 'pb']],
    ] as const) {
      await open.entries()
      const answer = await open.get(`Observation/${id}`, as)
      expect([answer.status, answer.json.issue[0].code], `${as} ${id}`).toEqual([422, 'too-costly'])
      expect(answer.json.issue[0].diagnostics).toContain('too large')
      const entries = await open.entries()
      expect(entries.map(({ patient }) => patient).sort(), `${as} ${id}`).toEqual(patients)
      for (const { outcome } of entries) expect(outcome).toBe('4')
    }
  })

  test.each([
    ['that takes _elements', true],
    ['that does not', false],
  ])('is to everybody else like one that does not exist, of a server %s', async (_which, takesElements) => {
    const open = await startOpen(takesElements)
    const none = await open.get('Observation/none', 'TA')
    expect(none.status).toBe(404)
    for (const [as, ids] of [
      ['TA', ['b-large', 'a-with-b', 'a-elsewhere']],
      // Its outline does not show its category.
      ['TAlab', ['a-large', 'b-large']],
      ['TClab', ['a-large', 'b-large']],
    ] as const)
      for (const id of ids) {
        const answer = await open.get(`Observation/${id}`, as)
        expect([answer.status, answer.text], `${as} ${id}`).toEqual([404, none.text])
      }
    await open.entries()
    expect((await open.get('Observation/b-large', 'TC')).status).toBe(takesElements ? 422 : 404)
    expect((await open.entries()).map(({ patient }) => patient)).toEqual([takesElements ? 'pb' : null])
  })
})

test('whatever answers a clinician who asks for a patient by id has an entry with that patient', async () => {
  const resource = [{ type: 'Patient', interaction: [{ code: 'read' }] }]
  const large = { resourceType: 'Patient', id: 'large', name: [{ text: 'x'.repeat(10_000_000) }] }
  const server = await startRecordingServer(({ path }) => {
    if (path === '/fhir/metadata') return json({ ...statement, rest: [{ mode: 'server', resource }] })
    if (path.endsWith('/large')) return json(large)
    return outcome(path.endsWith('/deleted') ? 410 : 403)
  })
  const open = await startGateway(`${server.origin}/fhir`)
  const statuses = { deleted: 410, large: 422, denied: 502 }
  for (const [id, status] of Object.entries(statuses))
    for (const path of [`Patient/${id}`, `Patient/${id}/$everything`]) {
      await open.entries()
      expect((await open.get(path, 'TC')).status, path).toBe(status)
      expect(
        (await open.entries()).map(({ patient }) => patient),
        path,
      ).toEqual([id])
    }
  await open.close()
  await server.close()
})

test.each<readonly [string, Reply]>([['a refusal of the credential', { status: 403 }], ...USELESS])(
  'J37 J48 a patient learns that the record gives nobody anything, and at the own Patient that it gives nothing: %s',
  async (_what, reply) => {
    let isBroken = true
    const resource = ['Patient', 'Observation'].map((type) => ({ type, interaction: [{ code: 'read' }] }))
    const server = await startRecordingServer(({ path }) => {
      if (path === '/fhir/metadata') return json({ ...statement, rest: [{ mode: 'server', resource }] })
      return isBroken || path.endsWith('/a-obs1') || path.endsWith('/pa') ? reply : outcome(404)
    })
    const open = await startGateway(`${server.origin}/fhir`)
    const statuses = async () => [
      (await open.get('Patient/pa', 'TA')).status,
      (await open.get('Observation/a-obs1', 'TA')).status,
      (await open.get('Observation/none', 'TA')).status,
    ]
    expect(await statuses()).toEqual([502, 502, 502])
    isBroken = false
    expect(await statuses()).toEqual([502, 404, 404])
    await open.close()
    await server.close()
  },
)

describe('J47 the log names whom a request is about', () => {
  test.each([500, 503, 410])('although its search fails upstream with %d', async (status) => {
    const server = await startRecordingServer(({ path }) => {
      if (path === '/fhir/metadata') return json(statement)
      return path.startsWith('/fhir/Patient') ? json(page()) : { status }
    })
    const open = await startGateway(`${server.origin}/fhir`)
    for (const [as, query] of [
      ['TA', 'Observation'],
      ['TA', 'Observation?patient=pa'],
      ['TC', 'Observation?patient=pa'],
      ['TC', 'Observation?patient=Patient/pa'],
    ] as const) {
      const answer = await open.get(query, as)
      expect(answer.status, query).toBeGreaterThanOrEqual(500)
      expect(
        (await open.entries()).map(({ patient, outcome }) => [patient, outcome]),
        `${as} ${query}`,
      ).toEqual([['pa', '8']])
    }
    await open.close()
    await server.close()
  })

  test.each([
    ['Encounter', ''],
    ['Procedure', ', also if it is in the record of one of them'],
  ])('of the %s of a group: everybody in it%s', async (type) => {
    expect((await gateway.get(`${type}/of-group`, 'TC')).status).toBe(200)
    expect(await loggedPatients()).toEqual(['pa', 'pb'])
    expect((await gateway.get(`${type}?_id=of-group`, 'TC')).json.total).toBe(1)
    expect(await loggedPatients()).toEqual(['pa', 'pb'])
  })

  test('of a contained Patient that names another by a link: that one as well', async () => {
    expect((await gateway.get('Observation/a-linked', 'TA')).status).toBe(404)
    await gateway.entries()
    expect((await gateway.get('Observation/a-linked', 'TC')).status).toBe(200)
    expect(await loggedPatients()).toEqual(['pa', 'pb'])
  })
})

describe('resources that contain others (G02)', () => {
  test("a clinician's read also gives their patients an entry, which lacks the address", async () => {
    expect((await gateway.get('Observation/a-mixed', 'TC')).status).toBe(200)
    const entries = await gateway.entries()
    expect(entries.map(({ patient }) => patient).sort()).toEqual(['pa', 'pb'])
    expect(entries.find(({ patient }) => patient === 'pb')?.json).not.toContain('a-mixed')
    expect((await gateway.get('Observation?_id=a-mixed', 'TC')).json.total).toBe(1)
    expect(await loggedPatients()).toEqual(['pa', 'pb'])
  })

  test("a shared resource that contains a patient's resource is shown to nobody", async () => {
    for (const as of ['TA', 'TC'] as const) {
      expect((await gateway.get('Practitioner/holds-b', as)).status).toBe(404)
      const result = await gateway.get('Practitioner', as)
      expect(result.status).toBe(200)
      expect(result.text).not.toContain(CANARY_B)
    }
  })

  test('a resource with something inside that R4 does not know is nobody’s, as with names of methods', async () => {
    expect((await gateway.get('Observation/a-strange', 'TA')).status).toBe(404)
    expect((await gateway.get('Observation/a-strange', 'TC')).status).toBe(200)
  })
})
