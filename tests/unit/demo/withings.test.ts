import type { Observation } from '@medplum/fhirtypes'
import { describe, expect, it } from 'vitest'
import { pulseRecords } from '../../../server/demo/pulse.ts'
import { riversideRecords } from '../../../server/demo/riverside.ts'
import { dailyMeasurer, john } from '../../../server/demo/withings/people.ts'

const asOf = '2025-11-24'
const DAY = 86_400
const groups = john.groups(asOf)
const measurements = groups.filter(({ category }) => category === 1)
const typesOf = ({ measures }: (typeof groups)[number]) => measures.map(({ type }) => type)

/** Time and value, by which the popup folds readings. */
const weightKey = (time: number, kg: number) => `${Math.floor(time / 60)} ${kg} kg`
const pressureKey = (time: number, systolic: number, diastolic: number) =>
  `${Math.floor(time / 60)} ${systolic}/${diastolic}`
const keysOf = (records: readonly { resourceType: string }[], patient: string) =>
  new Set(
    records
      .filter((each): each is Observation => each.resourceType === 'Observation')
      .filter(({ subject }) => subject?.reference === `Patient/${patient}`)
      .map(({ effectiveDateTime, valueQuantity, component = [] }) => {
        const time = Date.parse(effectiveDateTime ?? '') / 1000
        const [systolic, diastolic] = component.map((part) => part.valueQuantity?.value ?? 0)
        return valueQuantity
          ? weightKey(time, valueQuantity.value ?? 0)
          : pressureKey(time, systolic ?? 0, diastolic ?? 0)
      }),
  )
const manualMeasurements = measurements
  .filter(({ attrib }) => attrib === 2)
  .map(({ date, measures: [first, second] }) =>
    second
      ? pressureKey(date, second.value as number, first?.value as number)
      : weightKey(date, Number(first?.value) / 10),
  )

describe("John's measures at the stand-in for Withings", () => {
  it('are the same for the same day, each group with its own number', () => {
    expect(JSON.stringify(john.groups(asOf))).toBe(JSON.stringify(groups))
    expect(new Set(groups.map(({ grpid }) => grpid)).size).toBe(groups.length)
  })

  it('cover more than a year, and end the day before', () => {
    const end = Date.parse(`${asOf}T06:00:00Z`) / 1000
    for (const type of [1, 10]) {
      const dates = measurements.filter((group) => typesOf(group).includes(type)).map(({ date }) => date)
      expect(Math.max(...dates) - Math.min(...dates)).toBeGreaterThan(366 * DAY)
      expect(Math.max(...dates)).toBeGreaterThan(end - 2 * DAY)
    }
    for (const { date, modified } of groups) {
      expect(date).toBeLessThan(end)
      expect(modified).toBeGreaterThanOrEqual(date)
    }
  })

  it('contain a few readings that Pulse also holds, some of which the clinic holds too', () => {
    const atPulse = keysOf(pulseRecords(asOf), 'pd-john-doe')
    const atClinic = keysOf(riversideRecords(asOf), 'john-doe')
    expect(manualMeasurements.filter((key) => !atPulse.has(key))).toEqual([])
    expect(manualMeasurements.filter((key) => atClinic.has(key)).length).toBeGreaterThan(3)
    expect(manualMeasurements.filter((key) => !atClinic.has(key)).length).toBeGreaterThan(3)
  })

  it('contain the cases that clients have to tell apart', () => {
    expect(new Set(groups.map(({ attrib }) => attrib))).toEqual(new Set([0, 1, 2, 4, 5]))
    expect(new Set(groups.flatMap(({ measures }) => measures.map(({ unit }) => unit)))).toEqual(
      new Set([-3, -2, -1, 0, 1]),
    )
    expect(measurements.some((group) => typesOf(group).includes(10) && !typesOf(group).includes(9))).toBe(
      true,
    )
    expect(measurements.some(({ deviceid, model }) => deviceid === null && model === null)).toBe(true)
    expect(measurements.some(({ created, modified }) => modified > created)).toBe(true)
    expect(groups.filter(({ category }) => category === 2)).toHaveLength(1)
  })

  it('are plausible', () => {
    for (const { measures } of measurements)
      for (const { type, value, unit } of measures) {
        const number = Number(value) * 10 ** unit
        const [low, high] = {
          1: [60, 120],
          4: [1.5, 2],
          6: [20, 30],
          8: [12, 36],
          9: [45, 130],
          10: [80, 215],
          11: [40, 120],
        }[type] ?? [0, 0]
        expect(number, String(type)).toBeGreaterThan(low ?? 0)
        expect(number, String(type)).toBeLessThan(high ?? 0)
      }
  })
})

it('measures somebody every day for ten years', () => {
  const daily = dailyMeasurer(10).groups(asOf)
  expect(daily.length).toBe(2 * 3653)
  expect(daily[0]?.date).toBeLessThan(Date.parse('2015-11-26T00:00:00Z') / 1000)
})
