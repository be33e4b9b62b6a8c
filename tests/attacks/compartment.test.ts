import { describe, expect, test } from 'vitest'
import { type Answer, attack } from './attack.ts'
import { ask, logIn } from './authorization-request.ts'
import { applications } from './people.ts'

const anna = attack()

const ids = ({ json }: Answer): string[] =>
  (json.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id).sort()

/** What may tell a stranger's resource from none: everything but the time and the request's own name. */
const shown = ({ status, headers, text }: Answer) => ({
  status,
  text,
  headers: [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id'),
})

const OWN_OBSERVATIONS = ['a-obs-dev', 'a-obs1']

test('B01 reading another patient is answered as if there were none', async () => {
  const foreign = await anna.send('/fhir/Patient/pb', { as: 'TA' })
  const missing = await anna.send('/fhir/Patient/no-such-id', { as: 'TA' })
  expect(foreign.status).toBe(404)
  expect(shown(foreign)).toEqual(shown(missing))
})

describe('B02 a resource of another patient is answered as if it did not exist', () => {
  test.each(['b-obs1', 'b-obs-focus'])('reading and HEAD of Observation/%s', async (id) => {
    for (const method of ['GET', 'HEAD']) {
      const foreign = await anna.send(`/fhir/Observation/${id}`, { as: 'TA', method })
      const missing = await anna.send('/fhir/Observation/no-such-id', { as: 'TA', method })
      expect(foreign.status).toBe(404)
      expect(foreign.headers.get('content-length')).toBe(missing.headers.get('content-length'))
      expect(shown(foreign)).toEqual(shown(missing))
    }
  })

  test.each(['_history', '_history/1'])('its %s', async (path) => {
    const foreign = await anna.send(`/fhir/Observation/b-obs1/${path}`, { as: 'TA' })
    expect(foreign.status).toBe(404)
    expect(shown(foreign)).toEqual(
      shown(await anna.send(`/fhir/Observation/no-such-id/${path}`, { as: 'TA' })),
    )
  })
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
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: 0 })
    expect(answer.json.entry).toBeUndefined()
  })
})

test("B04 searching one's own and another's observations finds only one's own", async () => {
  const answer = await anna.send('/fhir/Observation?patient=pa,pb', { as: 'TA' })
  expect(ids(answer)).toEqual(OWN_OBSERVATIONS)
  expect(answer.json.total).toBe(2)
})

test("B05 searching observations without a filter finds and counts only one's own", async () => {
  const answer = await anna.send('/fhir/Observation', { as: 'TA' })
  expect(ids(answer)).toEqual(OWN_OBSERVATIONS)
  expect(answer.json.total).toBe(2)
})

test('B05 the same search by a clinician finds the others, so the guard is what hides them', async () => {
  const answer = await anna.send('/fhir/Observation', { as: 'TC' })
  expect(ids(answer)).toEqual([...OWN_OBSERVATIONS, 'b-obs-focus', 'b-obs1'])
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

  test('an include brings no patient along', async () => {
    const answer = await anna.send('/fhir/Observation?_include=Observation:subject', { as: 'TAobs' })
    expect(answer.status).toBe(200)
    expect(ids(answer)).toEqual(OWN_OBSERVATIONS)
  })
})

describe('B26 patient scopes without a patient in context reach nothing', () => {
  const signInWithoutLaunch = () =>
    anna.signIn({ username: 'anna', scope: 'patient/*.rs', application: applications.ext })

  test('a token whose context names nobody is forbidden everything', async () => {
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

  test("without launch/patient a patient's own record is the context, and no other's", async () => {
    const { access_token: bearer, patient } = await signInWithoutLaunch()
    expect(patient).toBe('pa')
    expect(ids(await anna.send('/fhir/Patient', { bearer }))).toEqual(['pa'])
    expect((await anna.send('/fhir/Patient/pb', { bearer })).status).toBe(404)
  })

  test('a clinician, who has no record here, is asked whose it should be, and gets nothing without an answer', async () => {
    const visit = await logIn(await ask(anna, { scope: 'patient/*.rs' }), 'lee')
    expect(visit.page.url.pathname).toMatch(/^\/consent\/.+\/patient$/)
    const { url } = await visit.agent.submit(visit.page, { decision: 'deny' })
    expect(url.searchParams.get('error')).toBe('access_denied')
    expect(url.searchParams.has('code')).toBe(false)
  })
})
