import { describe, expect, test } from 'vitest'
import { expectNothingFound, expectRefused, idsIn, visibleOf } from './answers.ts'
import { attack } from './attack.ts'
import { ask, logIn } from './authorization-request.ts'
import { applications } from './people.ts'

const anna = attack()

const OWN_OBSERVATIONS = ['a-obs-dev', 'a-obs1']

test('B01 reading another patient is answered as if that patient did not exist', async () => {
  const foreign = await anna.send('/fhir/Patient/pb', { as: 'TA' })
  const missing = await anna.send('/fhir/Patient/no-such-id', { as: 'TA' })
  expect(foreign.status).toBe(404)
  expect(visibleOf(foreign)).toEqual(visibleOf(missing))
})

describe('B02 a resource of another patient is answered as if it did not exist', () => {
  test.each(['b-obs1', 'b-obs-focus'])('reading and HEAD of Observation/%s', async (id) => {
    for (const method of ['GET', 'HEAD']) {
      const foreign = await anna.send(`/fhir/Observation/${id}`, { as: 'TA', method })
      const missing = await anna.send('/fhir/Observation/no-such-id', { as: 'TA', method })
      expect(foreign.status).toBe(404)
      expect(foreign.headers.get('content-length')).toBe(missing.headers.get('content-length'))
      expect(visibleOf(foreign)).toEqual(visibleOf(missing))
    }
  })

  test.each(['_history', '_history/1'])(
    "its %s, which is refused for the patient's own resource too",
    async (path) => {
      const foreign = await anna.send(`/fhir/Observation/b-obs1/${path}`, { as: 'TA' })
      expectRefused(foreign, path === '_history' ? 'history of a resource' : 'vread')
      for (const id of ['no-such-id', 'a-obs1'])
        expect(visibleOf(foreign)).toEqual(
          visibleOf(await anna.send(`/fhir/Observation/${id}/${path}`, { as: 'TA' })),
        )
    },
  )
})

describe('B03 searching the observations of another patient finds nothing and counts nothing', () => {
  const absolute = () => `subject=${encodeURIComponent(`${anna.server.url}/fhir/Patient/pb`)}`
  test.each([
    ['patient=pb', () => 'patient=pb'],
    ['subject=Patient/pb', () => 'subject=Patient/pb'],
    ['subject=B/fhir/Patient/pb', absolute],
    ['subject:Patient=pb', () => 'subject:Patient=pb'],
  ])('%s', async (_name, query) => {
    const answer = await anna.send(`/fhir/Observation?${query()}`, { as: 'TA' })
    expectNothingFound(answer)
  })
})

test("B04 a search for one's own and another patient's observations finds only one's own", async () => {
  const answer = await anna.send('/fhir/Observation?patient=pa,pb', { as: 'TA' })
  expect(idsIn(answer)).toEqual(OWN_OBSERVATIONS)
  expect(answer.json.total).toBe(2)
})

test("B05 a search for observations without a filter finds and counts only one's own", async () => {
  const answer = await anna.send('/fhir/Observation', { as: 'TA' })
  expect(idsIn(answer)).toEqual(OWN_OBSERVATIONS)
  expect(answer.json.total).toBe(2)
})

test('B05 the same search by a clinician finds the others, so it is the access check that hides them', async () => {
  const answer = await anna.send('/fhir/Observation', { as: 'TC' })
  expect(idsIn(answer)).toEqual([...OWN_OBSERVATIONS, 'b-obs-enc', 'b-obs-focus', 'b-obs1'])
})

describe('B05 the answers to two patients do not mix, one after the other or at the same time', () => {
  const OF_B = ['b-obs-enc', 'b-obs-focus', 'b-obs1']
  test.each<[string, string[], string[]]>([
    ['Observation', OWN_OBSERVATIONS, OF_B],
    ['Observation?code=29463-7&_sort=-date', OWN_OBSERVATIONS, OF_B],
    ['Observation?patient=pa,pb&_count=100', OWN_OBSERVATIONS, OF_B],
    ['Observation?_id=a-obs1,b-obs1', ['a-obs1'], ['b-obs1']],
    ['Patient?identifier=urn:mrn|', ['pa'], ['pb']],
    ['Patient?_id=pa,pb&_revinclude=Provenance:target', ['a-prov', 'pa'], ['b-prov', 'pb']],
  ])('%s', async (search, ofA, ofB) => {
    for (const as of ['TA', 'TB', 'TC'] as const) await anna.token(as)
    const find = async (as: 'TA' | 'TB') => idsIn(await anna.send(`/fhir/${search}`, { as }))
    for (let turn = 0; turn < 3; turn++) {
      expect(await find('TA')).toEqual(ofA)
      expect(await find('TB')).toEqual(ofB)
      expect(idsIn(await anna.send(`/fhir/${search}`, { as: 'TC' }))).toEqual([...ofA, ...ofB].sort())
    }
    const holders = Array.from({ length: 16 }, (_, index) => (index % 3 === 0 ? 'TB' : 'TA'))
    const answers = await Promise.all(holders.map(find))
    expect(answers).toEqual(holders.map((as) => (as === 'TA' ? ofA : ofB)))
  })

  test('a patient does not get the answer that the other patient just got', async () => {
    for (let turn = 0; turn < 3; turn++) {
      expect((await anna.send('/fhir/Observation/b-obs1', { as: 'TB' })).status).toBe(200)
      expect((await anna.send('/fhir/Observation/b-obs1', { as: 'TA' })).status).toBe(404)
      expect((await anna.send('/fhir/Observation/a-obs1', { as: 'TA' })).status).toBe(200)
      expect((await anna.send('/fhir/Observation/a-obs1', { as: 'TB' })).status).toBe(404)
    }
  })
})

test("B14 being the focus of another patient's observation, but not its subject, opens nothing", async () => {
  const ids = '_id=b-obs-focus'
  expectNothingFound(await anna.send(`/fhir/Observation?${ids}`, { as: 'TA' }))
  expectNothingFound(await anna.send(`/fhir/Observation?${ids}&patient=pa`, { as: 'TA' }))
  expect((await anna.send('/fhir/Observation/b-obs-focus', { as: 'TA' })).status).toBe(404)
  expect(idsIn(await anna.send(`/fhir/Observation?${ids}`, { as: 'TC' }))).toEqual(['b-obs-focus'])
})

describe('B15 the compartment paths of another patient are answered like those of a patient who does not exist', () => {
  test.each(['$everything', '$everything?_count=1', 'nothing-like-it'])('Patient/pb/%s', async (path) => {
    const foreign = await anna.send(`/fhir/Patient/pb/${path}`, { as: 'TA' })
    expect(foreign.status).toBe(404)
    expect(visibleOf(foreign)).toEqual(
      visibleOf(await anna.send(`/fhir/Patient/no-such-id/${path}`, { as: 'TA' })),
    )
  })

  test.each(['Observation', 'Observation/b-obs1', 'Observation?_count=0', '*', '_history', '$validate'])(
    'Patient/pb/%s, which is refused for the own record too',
    async (path) => {
      const foreign = await anna.send(`/fhir/Patient/pb/${path}`, { as: 'TA' })
      expectRefused(foreign, 'is not supported')
      for (const id of ['no-such-id', 'pa'])
        expect(visibleOf(foreign)).toEqual(
          visibleOf(await anna.send(`/fhir/Patient/${id}/${path}`, { as: 'TA' })),
        )
    },
  )
})

describe('F60 a form of R4 that is not supported is refused by its name for every caller, and logged', () => {
  test.each([
    ['GET', 'Patient/pa/Observation', 'compartment'],
    ['GET', 'Patient/pa/*', 'compartment'],
    ['GET', 'Encounter/a-enc/Observation?code=x', 'compartment'],
    ['POST', 'Patient/pa/Observation/_search', 'compartment'],
    ['GET', '_history', 'history'],
    ['GET', 'Observation/_history?_count=1', 'history'],
    ['GET', 'Observation/a-obs1/_history', 'history'],
    ['GET', 'Observation/a-obs1/_history/1', 'vread'],
    ['GET', '?_type=Patient,Observation', 'across types'],
    ['POST', '_search', 'across types'],
    ['GET', '$export', '$export'],
    ['POST', '$process-message', '$process-message'],
    ['GET', 'Patient/$export', '$export'],
    ['POST', 'Patient/$match', '$match'],
    ['GET', 'Observation/$lastn?max=1', '$lastn'],
    ['GET', 'Observation/a-obs1/$meta', '$meta'],
    ['GET', 'Encounter/a-enc/$everything', '$everything'],
    ['GET', 'Patient/$everything', '$everything'],
  ])('%s %s', async (method, path, name) => {
    const answers = []
    for (const as of ['TA', 'TC'] as const) {
      const answer = await anna.send(`/fhir/${path}`, { as, method })
      expectRefused(answer, name)
      answers.push(visibleOf(answer))
      const { outcome, json } = await anna.server.store.db
        .selectFrom('audit_event')
        .select(['outcome', 'json'])
        .where('request_id', '=', answer.headers.get('x-request-id') ?? '')
        .executeTakeFirstOrThrow()
      expect([outcome, JSON.parse(json).outcomeDesc]).toEqual(['4', 'not_supported'])
    }
    expect(answers[1]).toEqual(answers[0])
    expect((await anna.send(`/fhir/${path}`, { method })).status).toBe(401)
  })
})

describe("B23 knowing a version of another patient's resource changes nothing", () => {
  test.each<Record<string, string>>([
    { 'if-none-match': 'W/"1"' },
    { 'if-none-match': '*' },
    { 'if-none-match': 'W/"0", W/"1"' },
    { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' },
    { 'if-match': 'W/"1"' },
  ])('%o is answered with 404, as if it had never existed, and never with 304', async (headers) => {
    for (const method of ['GET', 'HEAD']) {
      const foreign = await anna.send('/fhir/Observation/b-obs1', { as: 'TA', headers, method })
      expect(foreign.status).toBe(404)
      const missing = await anna.send('/fhir/Observation/no-such-id', { as: 'TA', headers, method })
      expect(visibleOf(foreign)).toEqual(visibleOf(missing))
    }
  })

  test("the patient's own resource is answered with 304, so versions are compared", async () => {
    const headers = { 'if-none-match': 'W/"1"' }
    expect((await anna.send('/fhir/Observation/a-obs1', { as: 'TA', headers })).status).toBe(304)
  })
})

describe('B24 a scope for observations opens nothing else', () => {
  test.each(['/fhir/Patient/pa', '/fhir/Patient/pb', '/fhir/Condition?patient=pa', '/fhir/Condition/a-con'])(
    '%s is forbidden',
    async (path) => {
      const answer = await anna.send(path, { as: 'TAobs' })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('www-authenticate')).toContain('insufficient_scope')
    },
  )

  test('an include does not bring the patient along', async () => {
    const answer = await anna.send('/fhir/Observation?_include=Observation:subject', { as: 'TAobs' })
    expect(answer.status).toBe(200)
    expect(idsIn(answer)).toEqual(OWN_OBSERVATIONS)
  })
})

describe('B26 patient scopes without a patient in context reach nothing', () => {
  const signInWithoutLaunch = () =>
    anna.signIn({ username: 'anna', scope: 'patient/*.rs', application: applications.ext })

  test('a token whose context names no patient is forbidden everything', async () => {
    const { db } = anna.server.store
    const consents = () => db.selectFrom('consent').select('grant_id').execute()
    const earlier = (await consents()).map(({ grant_id }) => grant_id)
    const { access_token: bearer } = await signInWithoutLaunch()
    await anna.server.store.write((trx) =>
      trx
        .updateTable('consent')
        .set({ patient: null })
        .where('grant_id', 'not in', [...earlier, 'none'])
        .execute(),
    )
    for (const path of [
      'Patient',
      'Patient/pa',
      'Patient/pb',
      'Observation',
      'Condition/a-con',
      'AuditEvent',
    ])
      expect((await anna.send(`/fhir/${path}`, { bearer })).status, path).toBe(403)
  })

  test("without launch/patient the patient's own record is the context, and no other can be", async () => {
    const { access_token: bearer, patient } = await signInWithoutLaunch()
    expect(patient).toBe('pa')
    expect(idsIn(await anna.send('/fhir/Patient', { bearer }))).toEqual(['pa'])
    expect((await anna.send('/fhir/Patient/pb', { bearer })).status).toBe(404)
  })

  test('a clinician, who has no record here, is asked for a patient, and gets nothing without an answer', async () => {
    const visit = await logIn(await ask(anna, { scope: 'patient/*.rs' }), 'lee')
    expect(visit.page.url.pathname).toMatch(/^\/consent\/.+\/patient$/)
    const { url } = await visit.agent.submit(visit.page, { decision: 'deny' })
    expect(url.searchParams.get('error')).toBe('access_denied')
    expect(url.searchParams.has('code')).toBe(false)
  })
})
