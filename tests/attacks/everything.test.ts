import { describe, expect, test } from 'vitest'
import { expectRefused, idsIn, visibleOf } from './answers.ts'
import { type Answer, attack } from './attack.ts'
import { OWN_IDS } from './records.ts'

const anna = attack()

const everything = (patient: string, query = '') => `/fhir/Patient/${patient}/$everything${query}`

const nextOf = ({ json }: Answer): string | undefined =>
  json.link
    .find(({ relation }: { relation: string }) => relation === 'next')
    ?.url.replace(anna.server.url, '')

describe("B15 $everything returns one's own record and nothing else, whatever references lead in or out", () => {
  test('in one answer', async () => {
    const answer = await anna.send(everything('pa'), { as: 'TA' })
    expect(answer.status).toBe(200)
    expect(idsIn(answer)).toEqual(OWN_IDS.toSorted())
  })

  test('page by page', async () => {
    const seenIds: string[] = []
    for (let path: string | undefined = everything('pa', '?_count=1'); path; ) {
      const answer = await anna.send(path, { as: 'TA' })
      expect(answer.status).toBe(200)
      seenIds.push(...idsIn(answer))
      path = nextOf(answer)
    }
    expect([...new Set(seenIds)].sort()).toEqual(OWN_IDS.toSorted())
  })

  test.each(['Group', 'Device', 'Device,Group', 'Provenance', 'Observation,DiagnosticReport,Encounter'])(
    '_type=%s opens nothing more',
    async (types) => {
      const answer = await anna.send(everything('pa', `?_type=${types}`), { as: 'TA' })
      expect(answer.status).toBe(200)
      expect(idsIn(answer).filter((id) => !OWN_IDS.includes(id))).toEqual([])
    },
  )

  test("a clinician's $everything of the other patient contains what is hidden here", async () => {
    const answer = await anna.send(everything('pb'), { as: 'TC' })
    expect(idsIn(answer)).toEqual(expect.arrayContaining(['pb', 'b-obs1', 'b-obs-focus', 'b-dr1', 'b-dev']))
  })
})

describe('B15 $everything of another patient is answered like that of a patient who does not exist', () => {
  test.each(['', '?_count=1', '?_type=Observation', '?_since=2020-01-01', '?_type=Organization'])(
    'Patient/pb/$everything%s',
    async (query) => {
      for (const method of ['GET', 'HEAD']) {
        const foreign = await anna.send(everything('pb', query), { as: 'TA', method })
        expect(foreign.status).toBe(404)
        const missing = await anna.send(everything('no-such-id', query), { as: 'TA', method })
        expect(visibleOf(foreign)).toEqual(visibleOf(missing))
      }
    },
  )

  test('a page link that a clinician was given is forbidden', async () => {
    const link = nextOf(await anna.send(everything('pb', '?_count=1'), { as: 'TC' })) ?? ''
    expect((await anna.send(link, { as: 'TC' })).status).toBe(200)
    // The patient in the link is checked first, and is another one.
    expect((await anna.send(link, { as: 'TA' })).status).toBe(404)
    expect((await anna.send(link.replace('/pb/', '/pa/'), { as: 'TA' })).status).toBe(400)
  })

  test("a page link of one's own does not lead to another patient", async () => {
    const link = nextOf(await anna.send(everything('pa', '?_count=1'), { as: 'TA' })) ?? ''
    expect((await anna.send(link, { as: 'TA' })).status).toBe(200)
    expect((await anna.send(link.replace('/pa/', '/pb/'), { as: 'TA' })).status).toBe(404)
    expect((await anna.send(link.replace('/pa/', '/pb/'), { as: 'TC' })).status).toBe(400)
  })

  test('a scope that covers only observations is not enough for anybody', async () => {
    for (const patient of ['pa', 'pb'])
      expect((await anna.send(everything(patient), { as: 'TAobs' })).status).toBe(403)
  })

  test('it works for one patient: not for all, and not for another type', async () => {
    for (const path of [
      'Patient/$everything',
      '$everything',
      'Encounter/a-enc/$everything',
      'Encounter/no-such-id/$everything',
      'Group/g1/$everything',
    ])
      expectRefused(await anna.send(`/fhir/${path}`, { as: 'TA' }), '$everything')
  })
})
