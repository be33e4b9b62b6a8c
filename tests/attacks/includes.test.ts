import { describe, expect, test } from 'vitest'
import { expectNothingFound, expectRefused, idsIn } from './answers.ts'
import { attack } from './attack.ts'

const anna = attack()

/** Ids by `search.mode`. */
const byMode = (answer: Parameters<typeof idsIn>[0]) => {
  const entries: { resource: { id?: string }; search: { mode: string } }[] = answer.json.entry ?? []
  const ids = (mode: string) =>
    entries.flatMap(({ resource, search }) => (search.mode === mode ? (resource.id ?? mode) : [])).sort()
  return { match: ids('match'), include: ids('include') }
}

/** What each search includes for pa (`own`), and what it includes for a clinician only (`hidden`). */
const hops: readonly [row: string, search: string, own: string[], hidden: string[]][] = [
  ['B09', 'DiagnosticReport?_id=a-dr1&_include=DiagnosticReport:result', [], ['b-obs-focus']],
  ['B10', 'Coverage?_id=a-cov&_include=Coverage:subscriber', [], ['pb']],
  ['B10', 'Coverage?_id=a-cov&_include=Coverage:subscriber&_include=Coverage:beneficiary', ['pa'], ['pb']],
  ['B11', 'Observation?_id=a-obs1&_revinclude=DiagnosticReport:result', [], ['b-dr1']],
  ['B11', 'Observation?_id=a-obs1&_revinclude=List:item', [], ['b-list']],
  ['B11', 'Observation?_id=a-obs1&_revinclude=Provenance:target', ['a-prov'], ['b-prov', 'b-prov-nobody']],
  ['B11', 'Encounter?_id=a-enc&_revinclude=Observation:encounter', [], ['b-obs-enc']],
  ['B12', 'Patient?_id=pa&_revinclude=Observation:focus', [], ['b-obs-focus']],
  ['B12', 'Patient?_id=pa&_revinclude=Observation:subject', ['a-obs-dev', 'a-obs1'], []],
  ['B30', 'Patient?_id=pa&_revinclude=Group:member', [], ['g1']],
  ['B31', 'List?_id=a-list&_include=List:item', [], ['b-obs1']],
  ['B32', 'Observation?_id=a-obs-dev&_include=Observation:device', [], ['b-dev']],
]

describe('included resources are checked like matches', () => {
  test.each(hops)('%s %s', async (_row, search, own, hiddenIds) => {
    const id = /_id=([^&]+)/.exec(search)?.[1]
    const answer = await anna.send(`/fhir/${search}`, { as: 'TA' })
    expect(byMode(answer)).toEqual({ match: [id], include: own })
    expect(answer.json.total).toBe(1)
    const all = byMode(await anna.send(`/fhir/${search}`, { as: 'TC' }))
    expect(all.include).toEqual([...own, ...hiddenIds].sort())
  })

  test.each(hops)('%s %s, posted', async (_row, search, own) => {
    const [type, form] = search.split('?')
    const init = { method: 'POST', body: new URLSearchParams(form) }
    expect(byMode(await anna.send(`/fhir/${type}/_search`, { as: 'TA', ...init })).include).toEqual(own)
  })

  test.each(hops)(
    '%s %s, without an _id, in one answer and page by page',
    async (_row, search, own, hiddenIds) => {
      const unfiltered = search.replace(/_id=[^&]+&/, '')
      const answer = await anna.send(`/fhir/${unfiltered}`, { as: 'TA' })
      expect(byMode(answer).include).toEqual(expect.arrayContaining(own))
      for (const id of hiddenIds) expect(idsIn(answer)).not.toContain(id)
      for (let path: string | undefined = `/fhir/${unfiltered}&_count=1`; path; ) {
        const page = await anna.send(path, { as: 'TA' })
        for (const id of hiddenIds) expect(idsIn(page)).not.toContain(id)
        const link: { relation: string; url: string }[] = page.json.link
        path = link.find(({ relation }) => relation === 'next')?.url.replace(anna.server.url, '')
      }
    },
  )

  test.each(hops)(
    '%s %s, with a scope for the searched type alone, includes nothing',
    async (_row, search) => {
      if (!search.startsWith('Observation')) return expectForbidden(search)
      const answer = await anna.send(`/fhir/${search}`, { as: 'TAobs' })
      expect(byMode(answer).include).toEqual([])
    },
  )
})

const expectForbidden = async (search: string): Promise<void> =>
  expect((await anna.send(`/fhir/${search}`, { as: 'TAobs' })).status).toBe(403)

describe('B13 an iterating, wildcard or unknown include, or an unsupported parameter, is refused by name', () => {
  test.each([
    ['DiagnosticReport', '_include:iterate', 'Observation:focus'],
    ['DiagnosticReport', '_include:recurse', '*'],
    ['Patient', '_revinclude:iterate', '*'],
    ['Patient', '_revinclude:iterate', 'Observation:focus'],
    ['Observation', '_include', '*'],
    ['Observation', '_include', 'Observation:*'],
    ['Observation', '_include', '*:*'],
    ['Patient', '_revinclude', '*'],
    ['Patient', '_revinclude', 'Observation:*'],
    ['Observation', '_include', 'Observation:nothing'],
    ['Observation', '_include', 'DiagnosticReport:result'],
    ['Observation', '_include', 'Observation:subject:Nothing'],
    ['Observation', '_include', 'Observation:subject:Patient:name'],
    ['Observation', '_include:nothing', 'Observation:subject'],
    ['Patient', '_revinclude', 'AuditEvent:patient'],
    ['AuditEvent', '_include', 'AuditEvent:patient'],
    ['Observation', '_contained', 'true'],
    ['Observation', '_filter', 'subject eq Patient/pb'],
    ['Observation', '_query', 'everything'],
    ['Observation', '_text', 'ZZCANARYB'],
    ['Observation', '_content', 'ZZCANARYB'],
    ['Observation', '_list', 'a-list'],
    ['Observation', '_security', 'x'],
  ])('%s?%s=%s', async (type, name, value) => {
    for (const as of ['TA', 'TC'] as const)
      for (const headers of [{}, { prefer: 'handling=lenient' }]) {
        const path = `/fhir/${type}?_id=pa&${name}=${encodeURIComponent(value)}`
        const answer = await anna.send(path, { as, headers })
        if (type === 'AuditEvent' && as === 'TC') expect(answer.status).toBe(403)
        else expectRefused(answer, name)
      }
  })
})

describe('B30 no patient can read a group, because it names other patients', () => {
  test('the answer is the same as for a group that does not exist', async () => {
    const answer = await anna.send('/fhir/Group/g1', { as: 'TA' })
    expect(answer.status).toBe(404)
    expect(answer.text).toBe((await anna.send('/fhir/Group/no-such-id', { as: 'TA' })).text)
  })

  test.each(['member=pb', 'member=Patient/pb', 'member=pa', '_id=g1', '', 'member:missing=false'])(
    'Group?%s finds nothing',
    async (query) => expectNothingFound(await anna.send(`/fhir/Group?${query}`, { as: 'TA' })),
  )

  test('a clinician finds the group by its member, so it exists', async () => {
    expect(idsIn(await anna.send('/fhir/Group?member=pb', { as: 'TC' }))).toEqual(['g1'])
  })
})

describe('B31 a list belongs to its subject, but opens nothing that it names', () => {
  test('its subject reads the list, but none of the resources it names', async () => {
    const answer = await anna.send('/fhir/List/a-list', { as: 'TA' })
    expect(answer.status).toBe(200)
    expect(answer.json.entry).toEqual([{ item: { reference: 'Observation/b-obs1' } }])
    expect((await anna.send('/fhir/Observation/b-obs1', { as: 'TA' })).status).toBe(404)
  })

  test('its subject finds the list by an item, which reveals nothing about the item', async () => {
    expect(idsIn(await anna.send('/fhir/List?item=Observation/b-obs1', { as: 'TA' }))).toEqual(['a-list'])
    expectNothingFound(await anna.send('/fhir/List?item=Observation/a-obs1', { as: 'TA' }))
    expectNothingFound(await anna.send('/fhir/List?_id=b-list', { as: 'TA' }))
  })
})

test("B32 pa cannot read pb's device, although an observation of pa refers to it", async () => {
  expect((await anna.send('/fhir/Device/b-dev', { as: 'TA' })).status).toBe(404)
  expectNothingFound(await anna.send('/fhir/Device', { as: 'TA' }))
  expectNothingFound(await anna.send('/fhir/Device?patient=pb', { as: 'TA' }))
  expect(idsIn(await anna.send('/fhir/Device', { as: 'TC' }))).toEqual(['b-dev'])
})
