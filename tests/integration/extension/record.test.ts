import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { clearBrowser, configure, createWorker, signInAs } from '../../fixtures/worker.ts'

let riverside: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)

const signedIn = async (username: string) => {
  const worker = createWorker()
  const provider = await configure(worker, riverside.url)
  const connection = await signInAs(worker, provider, { username })
  return { record: worker.answers, connection, connectionId: connection.id }
}

describe('John', () => {
  it('sees his newest blood pressure and weight with date, unit and source', async () => {
    const { record, connection, connectionId } = await signedIn('john')
    const vitals = await record.vitals({ connectionId, patient: connection.patient?.id ?? '' })
    expect(vitals.patient.name).toBe('John Doe')
    expect(vitals.bloodPressure[0]).toMatchObject({
      value: expect.stringMatching(/^\d{2,3}\/\d{2,3}$/),
      unit: 'mmHg',
      taken: expect.stringMatching(/^\d{4}-\d{2}-\d{2}/),
      source: { connectionId, name: 'Riverside Clinic', hue: 0 },
    })
    expect(vitals.weight[0]).toMatchObject({ value: expect.stringMatching(/^\d+(\.\d+)?$/), unit: 'kg' })
    expect(vitals.heartRate?.[0]).toMatchObject({ value: expect.stringMatching(/^\d{2,3}$/), unit: '/min' })
    expect(vitals.height?.[0]).toMatchObject({ value: expect.stringMatching(/^\d{3}(\.\d)?$/), unit: 'cm' })
    const times = vitals.weight.map((reading) => Date.parse(reading.taken))
    expect(times).toEqual(times.toSorted((a, b) => b - a))
  })

  it('finds only himself', async () => {
    const { record, connection, connectionId } = await signedIn('john')
    const all = await record['search-patients']({ connectionId, query: {} })
    expect(all.patients.map(({ id }) => id)).toEqual([connection.patient?.id])
    const jane = await record['search-patients']({ connectionId, query: { fullName: 'Jane Doe' } })
    expect(jane).toEqual({ patients: [], total: 0 })
  })

  it('sees in the log that he read his record, and from which application', async () => {
    const { record, connection, connectionId } = await signedIn('john')
    await record.vitals({ connectionId, patient: connection.patient?.id ?? '' })
    const { entries } = await record['access-log']({ connectionId })
    expect(entries[0]).toMatchObject({
      kind: 'search',
      outcome: 'success',
      who: 'John Doe',
      application: 'Carekey',
      what: expect.stringContaining('Observation?patient='),
      patient: connection.patient?.id,
    })
  })
})

describe('Lee', () => {
  it.each([
    ['exact full name', { fullName: 'Jane Doe' }],
    ['birthdate', { birthdate: '1980-01-15', family: 'Doe' }],
    ['given and family name', { given: 'Jane', family: 'Doe', gender: 'female' }],
  ])('finds Jane Doe by %s, and sees her vital signs', async (_how, query) => {
    const { record, connectionId } = await signedIn('lee')
    const { patients } = await record['search-patients']({ connectionId, query })
    const jane = patients.find(({ name }) => name === 'Jane Doe')
    expect(jane).toMatchObject({ birthDate: '1980-01-15', gender: 'female' })
    const vitals = await record.vitals({ connectionId, patient: jane?.id ?? '' })
    expect(vitals.patient).toEqual(jane)
    expect(vitals.bloodPressure.length + vitals.weight.length).toBeGreaterThan(0)
  })

  it('finds Jane Doe by each of her identifiers', async () => {
    const { record, connectionId } = await signedIn('lee')
    const { patients } = await record['search-patients']({ connectionId, query: { fullName: 'Jane Doe' } })
    for (const { value } of patients[0]?.identifiers ?? []) {
      const result = await record['search-patients']({ connectionId, query: { identifier: value } })
      expect(result.patients[0]?.name).toBe('Jane Doe')
    }
    expect(patients[0]?.identifiers.length).toBeGreaterThan(0)
  })

  it('pages through a long list', async () => {
    const { record, connectionId } = await signedIn('lee')
    const first = await record['search-patients']({ connectionId, query: { gender: 'female' } })
    // The count does not include patients who are not shown.
    expect(first).not.toHaveProperty('total')
    expect(first.patients).toHaveLength(20)
    const second = await record['more-patients']({ connectionId, next: first.next ?? '' })
    const ids = [...first.patients, ...second.patients].map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('finds patients in the order of their names, over all pages', async () => {
    const { record, connectionId } = await signedIn('lee')
    const first = await record['search-patients']({ connectionId, query: { gender: 'female' } })
    const second = await record['more-patients']({ connectionId, next: first.next ?? '' })
    const families = [...first.patients, ...second.patients].map(({ name }) => name.split(' ').at(-1))
    expect(families).toEqual(families.toSorted((a = '', b = '') => a.localeCompare(b)))
  })

  it('can tell an empty result from a patient who does not exist', async () => {
    const { record, connectionId } = await signedIn('lee')
    const nobody = await record['search-patients']({ connectionId, query: { fullName: 'Nobody, At All' } })
    expect(nobody.patients).toEqual([])
    const reading = record.vitals({ connectionId, patient: 'no-such-patient' })
    await expect(reading).rejects.toMatchObject({ code: 'not-found' })
  })

  it('follows only links that stay within the record', async () => {
    const { record, connectionId } = await signedIn('lee')
    const following = record['more-patients']({ connectionId, next: `${riverside.url}/oauth/token` })
    await expect(following).rejects.toMatchObject({ code: 'foreign-link' })
  })
})
