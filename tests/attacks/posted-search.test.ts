import { describe, expect, test } from 'vitest'
import { expectNothingFound, idsIn } from './answers.ts'
import { attack } from './attack.ts'
import type { Holder } from './people.ts'

const anna = attack()

const post = (form: string, { query = '', as = 'TA' }: { query?: string; as?: Holder } = {}) =>
  anna.send(`/fhir/Observation/_search${query}`, { as, method: 'POST', body: new URLSearchParams(form) })

describe('B06 a posted search has the same access check', () => {
  test.each(['patient=pb', 'subject=Patient/pb', 'subject:Patient=pb', '_id=b-obs1,b-obs-focus'])(
    '%s in the body finds nothing',
    async (form) => expectNothingFound(await post(form)),
  )

  test("an empty body, or both patients in one list, finds only resources of the patient's own record", async () => {
    for (const form of ['', 'patient=pa,pb']) {
      const answer = await post(form)
      expect(idsIn(answer)).toEqual(['a-obs-dev', 'a-obs1'])
      expect(answer.json.total).toBe(2)
    }
  })

  test.each([
    ['patient=pb', '?patient=pa'],
    ['patient=pa', '?patient=pb'],
    ['patient=pb', '?patient=pb'],
    ['_id=b-obs1', '?patient=pb'],
  ])('%s in the body and %s in the address are combined, and neither opens anything', async (form, query) =>
    expectNothingFound(await post(form, { query })),
  )

  test('the address and the form both filter: each alone finds something, and together they find what both match', async () => {
    expect(idsIn(await post('_id=a-obs1', { query: '?patient=pa' }))).toEqual(['a-obs1'])
    expectNothingFound(await post('_id=a-obs1', { query: '?_id=a-obs-dev' }))
  })

  test('the same form by a clinician finds the others, so it is the access check that hides them', async () => {
    expect(idsIn(await post('patient=pb', { as: 'TC' }))).toContain('b-obs1')
  })

  test('a scope for observations cannot post a search for patients', async () => {
    const options = { as: 'TAobs', method: 'POST', body: new URLSearchParams('_id=pa') } as const
    expect((await anna.send('/fhir/Patient/_search', options)).status).toBe(403)
  })
})
