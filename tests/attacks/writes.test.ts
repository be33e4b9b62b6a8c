import { beforeEach, describe, expect, test } from 'vitest'
import { observation } from '../fixtures/canary.ts'
import { type Answer, attack } from './attack.ts'
import { applications } from './people.ts'
import { storedRecord } from './stored-record.ts'

const anna = attack()

let before: Awaited<ReturnType<typeof storedRecord>>
beforeEach(async () => {
  before = await storedRecord(anna.server.store)
})

/**
 * Expects a refusal with an OperationOutcome, an entry of it in the log, and that nothing has changed.
 *
 * @param patient whose record the token is for: the entry is about them.
 */
const changesNothing = async (answer: Answer, patient: string | null): Promise<void> => {
  expect(answer.status, answer.text).toBe(405)
  expect(answer.headers.get('allow')).toBeTruthy()
  expect(answer.headers.has('location')).toBe(false)
  expect(answer.headers.has('etag')).toBe(false)
  expect(answer.json.resourceType).toBe('OperationOutcome')
  expect(answer.text).not.toMatch(/ZZCANARY/)
  expect(await storedRecord(anna.server.store)).toEqual(before)
  const entry = await anna.server.store.db
    .selectFrom('audit_event')
    .select(['outcome', 'patient'])
    .where('request_id', '=', answer.headers.get('x-request-id') ?? '')
    .executeTakeFirstOrThrow()
  expect(entry).toEqual({ outcome: '4', patient })
}

const patientOf = (as: string): string | null => (as === 'TA' || as === 'TAobs' ? 'pa' : null)

const json = (resource: object, type = 'application/fhir+json') => ({
  body: JSON.stringify(resource),
  headers: { 'content-type': type },
})

const everythingGranted = async () =>
  (
    await anna.signIn({
      username: 'anna',
      scope: 'launch/patient patient/*.cruds',
      application: applications.ext,
    })
  ).access_token

describe("B20 no method writes: each is refused with 405 for everybody, whether the resource is one's own, another's or missing", () => {
  const requests: [string, string, object][] = [
    ['POST', 'Observation', json(observation('a-new', 'pa'))],
    ['PUT', 'Observation/a-obs1', json(observation('a-obs1', 'pa', { status: 'amended' }))],
    ['PUT', 'Observation/a-new', json(observation('a-new', 'pa'))],
    ['PUT', 'Observation/b-obs1', json(observation('b-obs1', 'pa'))],
    ['PUT', 'Observation?_id=a-obs1', json(observation('a-obs1', 'pa'))],
    [
      'PATCH',
      'Observation/a-obs1',
      {
        body: '[{"op":"replace","path":"/status","value":"amended"}]',
        headers: { 'content-type': 'application/json-patch+json' },
      },
    ],
    ['DELETE', 'Observation/a-obs1', {}],
    ['DELETE', 'Observation/b-obs1', {}],
    ['DELETE', 'Observation/no-such-id', {}],
    ['DELETE', 'Observation?patient=pa', {}],
    ['POST', 'AuditEvent', json({ resourceType: 'AuditEvent', id: 'forged' })],
    ['DELETE', 'Patient/pa', {}],
  ]

  test.each(requests)('%s %s', async (method, path, init) => {
    for (const as of ['TA', 'TAobs', 'TC', 'TADM'] as const)
      await changesNothing(await anna.send(`/fhir/${path}`, { as, method, ...init }), patientOf(as))
  })

  test.each(requests)('%s %s with a token that requested write scopes', async (method, path, init) => {
    const bearer = await everythingGranted()
    await changesNothing(await anna.send(`/fhir/${path}`, { bearer, method, ...init }), 'pa')
  })

  test.each(requests)('%s %s without a token is answered with 401', async (method, path, init) => {
    const answer = await anna.send(`/fhir/${path}`, { method, ...init })
    expect(answer.status).toBe(401)
    expect(await storedRecord(anna.server.store)).toEqual(before)
  })

  test('a header cannot override the method', async () => {
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      const answer = await anna.send('/fhir/Observation/a-obs1', { as: 'TA', headers: { [name]: 'DELETE' } })
      expect(answer.status).toBe(200)
      expect(await storedRecord(anna.server.store)).toEqual(before)
    }
  })
})

describe('B21 nobody moves an observation from one record to another: refused with 405', () => {
  test.each(['TC', 'TA', 'TADM'] as const)('%s', async (as) => {
    for (const [id, to] of [
      ['a-obs1', 'pb'],
      ['b-obs1', 'pa'],
    ] as const) {
      const init = { method: 'PUT', ...json(observation(id, to)) }
      await changesNothing(await anna.send(`/fhir/Observation/${id}`, { as, ...init }), patientOf(as))
    }
  })
})

describe('B22 a body that contradicts its address is refused with 405 and not 400, before it is read', () => {
  test.each<[string, string, string, object]>([
    ['another id', 'PUT', 'Observation/a-obs1', observation('b-obs1', 'pa')],
    ['an id of its own', 'POST', 'Observation', observation('a-chosen', 'pa')],
    ['another type', 'PUT', 'Observation/a-obs1', { resourceType: 'Patient', id: 'a-obs1' }],
    ['another type', 'POST', 'Observation', { resourceType: 'Patient' }],
    ['no type', 'POST', 'Observation', { id: 'a-new' }],
  ])('%s: %s %s', async (_name, method, path, resource) => {
    const answer = await anna.send(`/fhir/${path}`, { as: 'TC', method, ...json(resource) })
    await changesNothing(answer, null)
  })
})
