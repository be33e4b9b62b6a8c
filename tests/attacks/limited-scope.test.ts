import { beforeAll, describe, expect, test } from 'vitest'
import { observation, reference } from '../fixtures/canary.ts'
import { expectNothingFound, idsIn } from './answers.ts'
import { attack } from './attack.ts'
import { ask } from './authorization-request.ts'
import { applications } from './people.ts'

const anna = attack()

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'

const laboratory = (id: string, patient: string, more: object = {}) =>
  observation(id, patient, { category: [{ coding: [{ system: CATEGORY, code: 'laboratory' }] }], ...more })

const members = ['Observation/a-obs1', 'Observation/a-lab2', 'Observation/b-lab'].map(reference)

beforeAll(() =>
  anna.server.put([
    laboratory('a-lab', 'pa', { hasMember: members }),
    laboratory('a-lab2', 'pa'),
    laboratory('b-lab', 'pb'),
    observation('a-vital', 'pa', { derivedFrom: [reference('Observation/a-lab')] }),
  ]),
)

const tokenFor = async (scope: string) =>
  anna.signIn({ username: 'anna', scope, application: applications.ext, window: 'hour' })

describe('B25 a scope for laboratory results', () => {
  const SCOPE = 'patient/Observation.rs?category=laboratory'
  const HOPS = '_include=Observation:has-member&_revinclude=Observation:derived-from'
  const OWN = ['a-lab', 'a-lab2']

  test('reads, finds and counts the laboratory results of its patient, and nothing else', async () => {
    const { access_token: bearer, scope } = await tokenFor(SCOPE)
    expect(scope).toBe(SCOPE)
    expect((await anna.send('/fhir/Observation/a-lab', { bearer })).status).toBe(200)
    for (const id of ['a-obs1', 'a-vital', 'b-lab', 'no-such-id'])
      expect((await anna.send(`/fhir/Observation/${id}`, { bearer })).status).toBe(404)
    for (const query of ['', '?category=laboratory,vital-signs', '?_id=a-lab,a-lab2,a-obs1,b-lab']) {
      const answer = await anna.send(`/fhir/Observation${query}`, { bearer })
      expect(idsIn(answer)).toEqual(OWN)
      expect(answer.json.total).toBe(2)
    }
    expectNothingFound(await anna.send('/fhir/Observation?category=vital-signs', { bearer }))
    expect((await anna.send('/fhir/Patient/pa', { bearer })).status).toBe(403)
  })

  test('an include brings laboratory results, and no vital sign, in either direction', async () => {
    const search = `/fhir/Observation?_id=a-lab&${HOPS}`
    const { access_token: bearer } = await tokenFor(SCOPE)
    expect(idsIn(await anna.send(search, { bearer }))).toEqual(OWN)
    // Without the limit the vital signs are included too.
    expect(idsIn(await anna.send(search, { as: 'TA' }))).toEqual(['a-lab', 'a-lab2', 'a-obs1', 'a-vital'])
  })

  test('$everything contains the patient and laboratory results, and no vital sign', async () => {
    const path = '/fhir/Patient/pa/$everything'
    const { access_token: bearer } = await tokenFor(`patient/Patient.r ${SCOPE}`)
    expect(idsIn(await anna.send(path, { bearer }))).toEqual([...OWN, 'pa'])
    expect(idsIn(await anna.send(path, { as: 'TA' }))).toEqual(expect.arrayContaining(['a-obs1', 'a-vital']))
  })

  test('a batch gives no more access than that', async () => {
    const { access_token: bearer } = await tokenFor(SCOPE)
    const urls = ['Observation/a-lab', 'Observation/a-vital', `Observation?_id=a-lab&${HOPS}`]
    const entry = urls.map((url) => ({ request: { method: 'GET', url } }))
    const answer = await anna.send('/fhir', {
      bearer,
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
    })
    const [read, hidden, search] = answer.json.entry
    expect([read.response.status, hidden.response.status]).toEqual(['200 OK', '404 Not Found'])
    expect(search.resource.entry.map((it: { resource: { id: string } }) => it.resource.id)).toEqual(OWN)
  })
})

describe('B27 a limit that is not understood', () => {
  test.each([
    'patient/Observation.rs?colour=red',
    'patient/Observation.rs?category:in=http://vs.example',
    'patient/Observation.rs?category=laboratory&colour=red',
    'patient/Observation.rs?subject:Patient.name=x',
    'patient/*.rs?category=laboratory',
  ])('J04 %s is refused, and never counts as a scope without a limit', async (scope) => {
    const { page } = await ask(anna, { scope: `launch/patient patient/Condition.r ${scope}` })
    expect(page.url.searchParams.get('error')).toBe('invalid_scope')
    expect(page.url.searchParams.has('code')).toBe(false)
  })
})

describe('B27 a compartment that cannot be determined belongs to nobody', () => {
  test.each(['Group', 'Group?member=pa', 'Group?_id=g1'])(
    '%s finds nothing, even with lenient handling',
    async (path) => {
      const headers = { prefer: 'handling=lenient' }
      expectNothingFound(await anna.send(`/fhir/${path}`, { as: 'TA', headers }))
    },
  )

  test.each([
    'Observation?patient:nothing=pb',
    'Observation?subject.name=ZZCANARYB',
    'Observation?_has:x:y:z=1',
  ])('%s is not ignored, even with lenient handling', async (path) => {
    const headers = { prefer: 'handling=lenient' }
    expect((await anna.send(`/fhir/${path}`, { as: 'TA', headers })).status).toBe(400)
  })

  test('lenient handling leaves out the parameter and not the access check', async () => {
    const headers = { prefer: 'handling=lenient' }
    const answer = await anna.send('/fhir/Observation?owner=pb&compartment=Patient/pb', { as: 'TA', headers })
    expect(answer.json.link[0].url).not.toMatch(/owner|compartment/)
    expect(idsIn(answer).every((id) => id.startsWith('a-'))).toBe(true)
    expect(answer.json.total).toBe(idsIn(answer).length)
    expect((await anna.send('/fhir/Observation?owner=pb', { as: 'TA' })).status).toBe(400)
  })
})
