import type { Answer } from '../../../extension/messages/protocol.ts'
import type { Connection } from '../../../extension/messages/state.ts'
import type { Reading, Vitals } from '../../../extension/messages/vitals.ts'
import { pressureOf, weightOf } from '../../fixtures/readings.ts'
import { daysAgo, device, john, now, patient } from './people.ts'
import type { Answers } from './scene.ts'

const sourceOf = ({ id, providerName, host, hue }: Connection) => ({
  connectionId: id,
  name: providerName,
  host,
  hue,
})
export const sources = { clinic: sourceOf(patient), device: sourceOf(device) }

/** More than a year of readings, one every `every` days, that go up and down a little. */
const several = (every: number, source: Reading['source'], reading: (days: number) => Reading): Reading[] =>
  Array.from({ length: Math.floor(420 / every) }, (_, index) => reading(3 + index * every)).map(
    (each, index) => ({
      ...each,
      id: `${source.connectionId}-${each.unit}-${index}`,
    }),
  )
const wave = (days: number, size: number) => Math.sin(days / 17) * size + Math.sin(days / 5) * (size / 2)
const pressures = (every: number, source: Reading['source']) =>
  several(every, source, (days) =>
    pressureOf(
      [Math.round(128 + days / 60 + wave(days, 4)), Math.round(81 + days / 90 + wave(days, 3))],
      daysAgo(days),
      source,
    ),
  )
const weights = (every: number, source: Reading['source']) =>
  several(every, source, (days) =>
    weightOf((81.2 + days / 70 + wave(days, 0.4)).toFixed(1), daysAgo(days), source),
  )

export const noVitals: Vitals = { patient: john, bloodPressure: [], weight: [], cut: false, readAt: now }

export const clinicVitals: Vitals = {
  ...noVitals,
  bloodPressure: pressures(52, sources.clinic),
  weight: weights(78, sources.clinic),
}

const plain =
  (value: string, unit: string, step: number) =>
  (days: number, source: Reading['source']): Reading => ({
    ...weightOf((Number(value) + wave(days, step)).toFixed(step < 1 ? 1 : 0), daysAgo(days), source),
    unit,
  })
const others = (source: Reading['source']): Partial<Vitals> => ({
  heartRate: several(9, source, (days) => plain('71', '/min', 4)(days, source)),
  oxygenSaturation: several(30, source, (days) => plain('97', '%', 1)(days, source)),
  temperature: [plain('37.1', '°C', 0.1)(40, source)],
  height: [plain('182', 'cm', 0.1)(200, source)],
  bmi: several(78, source, (days) => plain('24.5', 'kg/m²', 0.2)(days, source)),
  bodyFat: several(78, source, (days) => plain('21.4', '%', 0.3)(days, source)),
  fatMass: several(78, source, (days) => plain('17.3', 'kg', 0.3)(days, source)),
})

/** Readings of every kind; two kinds were measured in the morning and in the evening. */
export const manyVitals: Vitals = {
  ...noVitals,
  ...others(sources.clinic),
  bloodPressure: [
    pressureOf([131, 84], `${daysAgo(1).slice(0, 10)}T19:40:00`, sources.clinic, 'evening'),
    {
      ...pressureOf([132, 82], `${daysAgo(1).slice(0, 10)}T07:12:00`, sources.clinic, 'morning'),
      recorded: '132.091/82.127 mmHg',
    },
    ...pressures(52, sources.clinic),
  ],
  weight: weights(78, sources.clinic),
}

/** Many readings, one in pounds, one in an unknown unit, and incomplete. */
export const deviceVitals: Vitals = {
  ...noVitals,
  bloodPressure: pressures(4, sources.device),
  weight: [
    ...weights(4, sources.device),
    { ...weightOf('81.9', daysAgo(420), sources.device, 'lb'), recorded: '180.6 lb' },
    { ...weightOf('170', daysAgo(430), sources.device, 'jin'), unit: 'jin', amounts: [] },
  ],
  cut: true,
}

export const disagreeingVitals: Vitals = {
  ...deviceVitals,
  weight: deviceVitals.weight.map((reading, index) =>
    index === 0 ? weightOf('83.4', reading.taken, sources.device, 'other') : reading,
  ),
}

/** A blood pressure that was higher three months ago. */
export const changedVitals: Vitals = {
  ...deviceVitals,
  bloodPressure: deviceVitals.bloodPressure.map((reading, index) =>
    index < 15 ? reading : pressureOf([139, 84 + (index % 3)], reading.taken, sources.device, reading.id),
  ),
}

/** Readings that the clinic also holds: in pounds, and with a date without a time. */
export const sharedVitals: Vitals = {
  ...clinicVitals,
  bloodPressure: clinicVitals.bloodPressure.map((reading) => ({ ...reading, source: sources.device })),
  weight: clinicVitals.weight.map((reading, index) => ({
    ...reading,
    source: sources.device,
    ...(index % 2 === 0 ? { recorded: '179.0 lb' } : { taken: reading.taken.slice(0, 10) }),
  })),
}

export const oldVitals: Vitals = {
  ...noVitals,
  bloodPressure: [pressureOf([128, null], daysAgo(500), sources.clinic)],
  weight: [weightOf('81', '2025-03', sources.clinic)],
}

/** One reading has a year that must be a mistake. */
export const aheadVitals: Vitals = {
  ...clinicVitals,
  weight: [weightOf('18.2', '2062-11-24', sources.clinic, 'ahead'), ...clinicVitals.weight],
}

/** The answers of the two organizations. */
export const vitalsOf = (clinic: Answer<'vitals'>, other: Answer<'vitals'> | 'never'): Answers => ({
  vitals: clinic,
  'vitals c2': other,
})
