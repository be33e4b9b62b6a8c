import { beforeAll, describe, expect, test } from 'vitest'
import { putResource } from '../../server/fhir/put-resource.ts'
import { idsIn } from './answers.ts'
import { attack } from './attack.ts'
import { applications } from './people.ts'

const anna = attack()

const laboratory = (id: string, patient: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  category: [
    {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }],
    },
  ],
  code: { text: patient === 'pb' ? 'ZZCANARYB' : 'ZZCANARYA' },
  subject: { reference: `Patient/${patient}` },
})

beforeAll(() =>
  anna.server.store.write(async (trx) => {
    await putResource(trx, laboratory('a-lab', 'pa'), Date.now())
    await putResource(trx, laboratory('b-lab', 'pb'), Date.now())
  }),
)

const tokenFor = async (scope: string) =>
  anna.signIn({ username: 'anna', scope, application: applications.ext, window: 'hour' })

describe('B25 a scope for laboratory results', () => {
  const SCOPE = 'patient/Observation.rs?category=laboratory'
  const HOP = '?_include=Observation:has-member&_revinclude=Observation:derived-from'

  test('reads, finds and counts those of its patient, and nothing else', async () => {
    const { access_token: bearer, scope } = await tokenFor(SCOPE)
    expect(scope).toBe(SCOPE)
    expect((await anna.send('/fhir/Observation/a-lab', { bearer })).status).toBe(200)
    expect((await anna.send('/fhir/Observation/a-obs1', { bearer })).status).toBe(404)
    expect((await anna.send('/fhir/Observation/b-lab', { bearer })).status).toBe(404)
    for (const query of ['', '?category=laboratory,vital-signs', '?_id=a-lab,a-obs1,b-lab', HOP]) {
      const answer = await anna.send(`/fhir/Observation${query}`, { bearer })
      expect(idsIn(answer)).toEqual(['a-lab'])
      expect(answer.json.total).toBe(1)
    }
    const others = await anna.send('/fhir/Observation?category=vital-signs', { bearer })
    expect(others.json.total).toBe(0)
    expect((await anna.send('/fhir/Patient/pa', { bearer })).status).toBe(403)
  })
})

describe('B27 a limit that is not understood', () => {
  test.each([
    'patient/Observation.rs?colour=red',
    'patient/Observation.rs?category:in=http://vs.example',
    'patient/Observation.rs?category=laboratory&colour=red',
    'patient/Observation.rs?subject:Patient.name=x',
    'patient/*.rs?category=laboratory',
  ])('%s is never taken for a scope without one', async (scope) => {
    // Asked for beside a good one, so that there is a token to try.
    const { access_token: bearer, scope: granted } = await tokenFor(`patient/Condition.r ${scope}`)
    expect(granted).toBe('patient/Condition.r')
    const headers = { prefer: 'handling=lenient' }
    for (const path of ['Observation', 'Observation/a-lab', 'Observation?category=laboratory'])
      expect((await anna.send(`/fhir/${path}`, { bearer, headers })).status).toBe(403)
  })
})
