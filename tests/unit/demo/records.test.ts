import type { Observation, Patient, Resource } from '@medplum/fhirtypes'
import { describe, expect, it } from 'vitest'
import { demoAccounts } from '../../../server/demo/organizations.ts'
import { pulseRecords } from '../../../server/demo/pulse.ts'
import { riversideRecords } from '../../../server/demo/riverside.ts'

const asOf = '2025-11-24'
const riverside = riversideRecords(asOf)
const pulse = pulseRecords(asOf)

const patients = (records: readonly Resource[]) =>
  records.filter((resource): resource is Patient => resource.resourceType === 'Patient')
const observations = (records: readonly Resource[], patient?: string) =>
  records.filter(
    (resource): resource is Observation =>
      resource.resourceType === 'Observation' &&
      (!patient || resource.subject?.reference === `Patient/${patient}`),
  )
const codeOf = (observation: Observation) => observation.code.coding?.[0]?.code
const timeOf = (observation: Observation) => Date.parse(observation.effectiveDateTime ?? '')
const named = (records: readonly Resource[], name: string) =>
  patients(records).filter((patient) => patient.name?.[0]?.text === name)
const DAY = 86_400_000

describe.each([
  ['Riverside Clinic', riverside, riversideRecords, 200],
  ['Pulse Devices', pulse, pulseRecords, 50],
] as const)('the records of %s', (_name, records, make, least) => {
  it('are the same text for the same day', () => {
    expect(JSON.stringify(make(asOf))).toBe(JSON.stringify(records))
  })

  it('keep their ids from one day to the next', () => {
    const ids = (all: readonly Resource[]) => all.map(({ resourceType, id }) => `${resourceType}/${id}`)
    expect(ids(patients(make('2026-02-01')))).toEqual(ids(patients(records)))
  })

  it('have enough patients, each with a name, an identifier of their own, a birth date and an address', () => {
    const result = patients(records)
    expect(result.length).toBeGreaterThanOrEqual(least)
    for (const { name, identifier, birthDate, gender, address } of result) {
      expect(name?.[0]).toMatchObject({ text: expect.any(String), family: expect.any(String) })
      expect(identifier?.[0]?.value).toMatch(/^(PD-)?\d{5,6}$/)
      expect(birthDate).toMatch(/^(19|20)\d\d-\d\d-\d\d$/)
      expect(gender).toMatch(/^(female|male)$/)
      expect(address?.[0]?.city).toBeTruthy()
    }
    expect(new Set(result.map(({ identifier }) => identifier?.[0]?.value)).size).toBe(result.length)
  })

  it('never use an id twice within a type', () => {
    const ids = records.map(({ resourceType, id }) => `${resourceType}/${id}`)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/)
  })

  it('refer only to resources that exist', () => {
    const there = new Set(records.map(({ resourceType, id }) => `${resourceType}/${id}`))
    const references = JSON.stringify(records).matchAll(/"reference":"([^"]+)"/g)
    expect([...references].filter(([, reference = '']) => !there.has(reference))).toEqual([])
  })

  it('contain one Jane Doe born on 1980-01-15, and nobody else born that day', () => {
    const born = patients(records).filter(({ birthDate }) => birthDate === '1980-01-15')
    expect(born).toEqual(named(records, 'Jane Doe'))
    expect(born).toMatchObject([{ gender: 'female' }])
  })

  it('contain no reading in the future, and some in the last days', () => {
    const newest = Math.max(...observations(records).map(timeOf))
    expect(newest).toBeLessThan(Date.parse(`${asOf}T06:00:00Z`))
    expect(newest).toBeGreaterThan(Date.parse(asOf) - 3 * DAY)
  })

  it('contain plausible weights and blood pressures', () => {
    for (const observation of observations(records)) {
      if (codeOf(observation) === '29463-7') {
        const { value = 0, code } = observation.valueQuantity ?? {}
        const kg = code === '[lb_av]' ? value * 0.45359237 : value
        expect(kg).toBeGreaterThan(38)
        expect(kg).toBeLessThan(170)
      }
      if (codeOf(observation) !== '85354-9') continue
      const [systolic = 0, diastolic = 0] =
        observation.component?.map((part) => part.valueQuantity?.value ?? 0) ?? []
      expect(systolic).toBeGreaterThan(80)
      expect(systolic).toBeLessThan(215)
      expect(diastolic).toBeGreaterThan(45)
      expect(systolic - diastolic).toBeGreaterThanOrEqual(20)
    }
  })
})

describe('John Doe', () => {
  const atClinic = observations(riverside, 'john-doe')
  const atHome = observations(pulse, 'pd-john-doe')

  it.each(['85354-9', '29463-7'])('has %s at both organizations over more than a year', (code) => {
    for (const records of [atClinic, atHome]) {
      const times = records.filter((one) => codeOf(one) === code).map(timeOf)
      expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(366 * DAY)
    }
  })

  it('has a few readings that both hold: same time, same value, same identifier', () => {
    const reading = (one: Observation) =>
      JSON.stringify([codeOf(one), one.effectiveDateTime, one.valueQuantity, one.component, one.identifier])
    const home = new Set(atHome.map(reading))
    const both = atClinic.filter((one) => home.has(reading(one)))
    for (const code of ['85354-9', '29463-7'])
      expect(both.filter((one) => codeOf(one) === code).length).toBeGreaterThanOrEqual(3)
    expect(both.length).toBeLessThan(30)
  })

  // If a visit were close to a year ago, a chart would come and go with the day of the week.
  it('has the same charts on every day of the week, because each kind was measured at least twice in the last twelve months', () => {
    for (let after = 1; after <= 7; after++) {
      const now = Date.parse(asOf) + after * DAY
      const day = new Date(now).toISOString().slice(0, 10)
      const lastYear = observations(riversideRecords(day), 'john-doe')
        .filter((one) => one.category?.[0]?.coding?.[0]?.code === 'vital-signs')
        .filter((one) => timeOf(one) > now - 364 * DAY)
        .map(codeOf)
      const vitals = new Set(lastYear)
      expect(vitals.size).toBe(4)
      for (const kind of vitals) expect(lastYear.filter((one) => one === kind).length).toBeGreaterThan(1)
    }
  })

  it('has a lower blood pressure since he takes his tablet', () => {
    const systolic = atHome
      .filter((one) => codeOf(one) === '85354-9')
      .sort((a, b) => timeOf(a) - timeOf(b))
      .map((one) => one.component?.[0]?.valueQuantity?.value ?? 0)
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    expect(mean(systolic.slice(0, 12)) - mean(systolic.slice(-12))).toBeGreaterThan(8)
  })
})

it('weighs some people in pounds', () => {
  const units = observations(pulse).map((one) => one.valueQuantity?.code)
  expect(units).toContain('[lb_av]')
  expect(units).toContain('kg')
})

it('gives every account of a person its Patient or Practitioner', () => {
  const there = { riverside, pulse }
  for (const organization of ['riverside', 'pulse'] as const)
    for (const { patient, practitioner, name } of demoAccounts[organization]) {
      const person = there[organization].find(
        ({ resourceType, id }) =>
          (resourceType === 'Patient' && id === patient) ||
          (resourceType === 'Practitioner' && id === practitioner),
      )
      if (patient ?? practitioner) expect(person).toMatchObject({ name: [{ text: name }] })
    }
})
