import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines } from '../../fixtures/store.ts'
import { type GuardedServer, startGuarded } from './guarded-server.ts'

const patient = (id: string, given: string, family: string) => ({
  resourceType: 'Patient',
  id,
  name: [{ given: [given], family }],
})

describe.each(engines)('names with hyphens, apostrophes and particles on %s', (engine) => {
  let server: GuardedServer
  beforeAll(async () => {
    const people = [
      patient('cruz', 'Ming-Zhu', 'Dela-Cruz'),
      patient('brien', 'Conor', "O'Brien"),
      patient('berg', 'Anna', 'van den Berg'),
    ]
    server = await startGuarded(people, engine)
  })
  afterAll(() => server.close())

  test.each([
    ['name=dela cruz', 'cruz'],
    ['name=dela&name=cruz', 'cruz'],
    ['name=ming&name=zhu', 'cruz'],
    ['given=zhu', 'cruz'],
    ['name=obrien', 'brien'],
    ['name=O’BRIEN', 'brien'],
    ["family=o'brien", 'brien'],
    ['family=berg', 'berg'],
    ['name=berg&name=anna', 'berg'],
    ['name:contains=den berg', 'berg'],
    ['family:exact=Dela-Cruz', 'cruz'],
  ])('%s finds the one whose name it is, once', async (query, id) => {
    const { status, json } = await server.get(`Patient?${query}&_total=accurate`, 'TC')
    expect(status).toBe(200)
    expect(json.entry.map(({ resource }: { resource: { id: string } }) => resource.id)).toEqual([id])
    expect(json.total).toBe(1)
  })

  test.each(['family:exact=Cruz', 'family:exact=OBrien', 'name=rien', 'family=ela'])(
    '%s finds nobody',
    async (query) => {
      const { json } = await server.get(`Patient?${query}`, 'TC')
      expect(json.entry ?? []).toEqual([])
    },
  )
})
