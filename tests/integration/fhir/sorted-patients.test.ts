import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines } from '../../fixtures/store.ts'
import { type Answer, type GuardedServer, startGuarded } from './guarded-server.ts'

const patient = (id: string, name: object[] | undefined, birthDate?: string) => ({
  resourceType: 'Patient',
  id,
  ...(name && { name }),
  ...(birthDate && { birthDate }),
})

/** Patients whose order of storing differs from that of their names. */
const people = [
  patient('d', [{ family: 'Doe', given: ['John'] }], '1975-06-01'),
  patient('a', [{ family: 'Álvarez', given: ['Zoe'] }], '2001'),
  patient('n', undefined),
  patient('c', [{ family: 'doe', given: ['Jane'] }], '1980-01-15'),
  patient('b', [{ text: 'Bo' }, { family: 'Aaron' }], '1975-06'),
]

describe.each(engines)('patients on %s', (engine) => {
  let server: GuardedServer
  beforeAll(async () => {
    server = await startGuarded(people, engine)
  })
  afterAll(() => server.close())

  const idsOf = ({ json }: Answer): string[] =>
    (json.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id)

  /** Every page of a search, one after the other. */
  const walk = async (path: string): Promise<string> => {
    const results: string[] = []
    for (let next: string | undefined = path; next !== undefined; ) {
      const answer: Answer = await server.get(next, 'TC')
      expect(answer.status).toBe(200)
      results.push(...idsOf(answer))
      next = answer.json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url
    }
    return results.join('')
  }

  test.each([
    // Ignoring case and accents, by family name and then by given names.
    ['name', 'nabcd'],
    ['-name', 'dcban'],
    ['birthdate', 'ndbca'],
    ['-birthdate', 'acbdn'],
  ])('are sorted by %s, in one page and in many', async (sort, order) => {
    for (const count of [1, 2, 200]) expect(await walk(`Patient?_sort=${sort}&_count=${count}`)).toBe(order)
  })

  test('are sorted among those that a search finds', async () => {
    expect(await walk('Patient?name=doe&_sort=name')).toBe('cd')
  })

  test('show a patient only themselves, however they are sorted', async () => {
    for (const sort of ['name', '-name', 'birthdate'])
      expect(idsOf(await server.get(`Patient?_sort=${sort}`, 'TA'))).toEqual([])
  })

  test('only patients are sorted in this way', async () => {
    for (const sort of ['name', 'birthdate'])
      expect((await server.get(`Practitioner?_sort=${sort}`, 'TC')).status).toBe(400)
  })
})
