import { ADDRESSES, type MockProvider } from '../fakes/mock-provider.ts'

export const DAY = 86_400_000
export const start = new Date().setHours(9, 0, 0, 0)
/** A time of day that is the same for all of a test's readings, so many days ago. */
export const at = (daysAgo: number) => new Date(start - daysAgo * DAY).toISOString()
const loinc = (code: string) => ({ code: { coding: [{ system: 'http://loinc.org', code }] } })
const mmHg = (value: number) => ({ valueQuantity: { value, unit: 'mmHg' } })

const observation = (id: string, effectiveDateTime: string, members: object) => ({
  ...{ resourceType: 'Observation', id, status: 'final', subject: { reference: 'Patient/mara' } },
  ...{ effectiveDateTime, ...members },
})
export const weight = (id: string, value: number, taken: string, quantity: object = { unit: 'kg' }) =>
  observation(id, taken, { ...loinc('29463-7'), valueQuantity: { value, ...quantity } })
export const pressure = (id: string, [systolic, diastolic]: [number, number], taken: string) =>
  observation(id, taken, {
    ...loinc('85354-9'),
    component: [
      { ...loinc('8480-6'), ...mmHg(systolic) },
      { ...loinc('8462-4'), ...mmHg(diastolic) },
    ],
  })

/** The organization answers a read of Mara's observations with these. */
export const sendReadings = (mock: MockProvider, resources: object[]): void =>
  mock.script(ADDRESSES.observations, ({ query }) => ({
    body: {
      resourceType: 'Bundle',
      type: 'searchset',
      entry: query.has('category') ? [] : resources.map((resource) => ({ resource })),
    },
  }))
