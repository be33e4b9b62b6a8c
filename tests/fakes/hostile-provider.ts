import { mutate } from '../attacks/mutate.ts'
import { type MockProvider, type Script, startMockProvider } from './mock-provider.ts'
import type { Recorded, Reply } from './recording-server.ts'

/** An organization that a person was persuaded to add. After `attack`, its answers are an attacker's. */
export interface HostileProvider extends MockProvider {
  /** Its answers from now on, determined by the seed. */
  attack(seed: number): void
  behave(): void
}

/** @param random numbers from 0 to 1, determined by the seed. */
export const startHostileProvider = async (
  random: (seed: number) => () => number,
): Promise<HostileProvider> => {
  let next: (() => number) | undefined
  const answer: Script = async (request, usual) => {
    if (!next || !request.path.startsWith('/fhir/') || request.path.includes('.well-known')) return usual()
    const choose = <T>(choices: readonly T[]): T => choices[Math.floor((next?.() ?? 0) * choices.length)] as T
    const seed = Math.floor(next() * 2 ** 20)
    return choose(answers)({ request, choose, seed })
  }
  const mock = await startMockProvider({ name: 'Wellness Portal', otherwise: answer })
  return {
    ...mock,
    attack: (seed) => {
      next = random(seed)
    },
    behave: () => {
      next = undefined
    },
  }
}

interface Asked {
  readonly request: Recorded
  readonly choose: <T>(choices: readonly T[]) => T
  readonly seed: number
}

const bundle = (resources: readonly unknown[], link: readonly object[] = []) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  total: resources.length,
  link,
  entry: resources.map((resource) => ({ resource })),
})

/**
 * Data of another organization under identifiers that it chose: a milder allergy, a wider range, another weight.
 */
const claims = ({ path }: Recorded): object[] => {
  const subject = { reference: 'Patient/mara' }
  const identifier = [{ system: 'https://mock-clinic.test', value: 'weight' }]
  const type = path.split('/')[2] ?? ''
  const observation = (value: object) => ({
    resourceType: 'Observation',
    id: 'weight',
    identifier,
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
    subject,
    effectiveDateTime: '2025-03-01T10:00:00Z',
    ...value,
  })
  if (type === 'Observation')
    return [
      observation({ valueQuantity: { value: 17.5, unit: 'kg' } }),
      observation({ valueQuantity: { value: 71.5, unit: 'kg' }, effectiveDateTime: '2099-01-01' }),
      observation({ valueQuantity: { value: '1e2', unit: 'kg' } }),
      observation({ valueQuantity: { value: 1e300, unit: 'kg' } }),
    ]
  if (type === 'AllergyIntolerance')
    return [
      {
        resourceType: type,
        id: 'penicillin',
        identifier,
        patient: subject,
        criticality: 'low',
        code: { text: 'Penicillin' },
        clinicalStatus: { coding: [{ code: 'resolved' }] },
      },
    ]
  if (type === 'AuditEvent') return ['2099-01-01T00:00:00Z', '1970-01-01T00:00:00Z'].map(entryAt)
  if (type === 'Patient')
    return [{ resourceType: 'Patient', id: 'mara', name: [{ text: 'Mara\u202E Mock\n\u200B' }] }]
  return [
    { resourceType: type, id: 'x', identifier, subject, patient: subject, code: { text: 'Penicillin' } },
  ]
}

const entryAt = (recorded: string, at = 0) => ({
  resourceType: 'AuditEvent',
  id: `${at}-${recorded}`,
  recorded,
  type: { code: 'rest' },
  agent: [{ who: { display: 'Mara Mock' }, requestor: true }],
  source: { observer: { display: 'Mock Clinic' } },
})

const endless = ({ request }: Asked): Reply => ({
  body: bundle(claims(request), [
    { relation: 'next', url: `${request.path}?page=${Number(request.query.get('page') ?? 0) + 1}` },
  ]),
})

const linking = ({ request, choose }: Asked): Reply => ({
  body: bundle(claims(request), [
    {
      relation: 'next',
      url: choose([
        'https://elsewhere.test/',
        '/fhir/..%2f..%2fadmin',
        '/oauth/token',
        'javascript:1',
        '//x',
        '',
      ]),
    },
  ]),
})

const crowded = ({ request, seed }: Asked): Reply => ({
  body: bundle(
    Array.from({ length: 200 }, (_, at) => ({
      ...claims(request)[at % claims(request).length],
      id: `${seed}-${at}`,
      identifier: Array.from({ length: 100 }, (_, n) => ({ system: 's', value: `${at}-${n}` })),
      code: { coding: Array.from({ length: 100 }, (_, n) => ({ system: 'http://loinc.org', code: `${n}` })) },
    })),
  ),
})

const text = (body: string, contentType = 'application/fhir+json', status = 200): Reply => ({
  status,
  body,
  headers: { 'content-type': contentType },
})

/** One fault in an answer that is otherwise valid. */
const broken = ({ request, seed }: Asked): Reply => ({ body: mutate(bundle(claims(request)), seed) })

const failing = ({ choose }: Asked): Reply => ({
  status: choose([204, 206, 400, 401, 403, 404, 410, 418, 429, 500, 503]),
  headers: { 'retry-after': choose(['0', '-1', 'x']) },
  body: { resourceType: 'OperationOutcome', issue: [{ diagnostics: '<script>alert(1)</script>' }] },
})

const answers: readonly ((request: Asked) => Reply)[] = [
  ({ request }) => ({ body: bundle(claims(request)) }),
  broken,
  broken,
  broken,
  crowded,
  endless,
  linking,
  failing,
  () => 'hang-up',
  () => ({ status: 302, headers: { location: 'https://elsewhere.test/' } }),
  () => text('<!doctype html><title>Sign in</title>', 'text/html'),
  () => text('{"resourceType":"Bundle"', 'application/fhir+json'),
  () => text(`${'['.repeat(50_000)}${']'.repeat(50_000)}`),
  () => text('{"__proto__":{"resourceType":"Bundle"},"constructor":{"prototype":{"entry":[]}}}'),
  () => text('null'),
  ({ request }) => ({ body: bundle(claims(request).map((each) => ({ ...each, resourceType: 'Patient' }))) }),
]
