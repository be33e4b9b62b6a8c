import type { Observation } from '@medplum/fhirtypes'
import { bodyOf } from './body.ts'
import { type Day, dateTimeOf, dayOf } from './calendar.ts'
import { bloodPressure, bodyWeight, roundTo, type Setting } from './observations.ts'
import { johnDoe, type Person } from './people.ts'
import { type Random, randomFrom } from './random.ts'

/** A reading of a scale or a cuff at home. It depends only on the person and the day, so a clinic can hold the same one. */
export type HomeReading = { readonly day: Day; readonly at: string; readonly name: string } & (
  | { readonly kind: 'weight'; readonly kg: number }
  | { readonly kind: 'pressure'; readonly systolic: number; readonly diastolic: number }
)

/** The device of Pulse that measures each kind. */
export const pulseDevices: Readonly<Record<HomeReading['kind'], string>> = {
  weight: 'Pulse Scale S2',
  pressure: 'Pulse Cuff C1',
}

/** The manufacturer's number of a reading; copies of the reading keep it. */
export const readingIdentifier = (person: Person, reading: HomeReading) => ({
  system: 'http://pulse-devices.example/reading',
  value: `${person.key}-${reading.name}`,
})

/** Returns the readings of more than a year, the oldest first. The newest is a few days old, John's from yesterday. */
export const homeReadings = (person: Person, asOf: string): HomeReading[] => {
  const random = randomFrom(`home ${person.key}`)
  const last = dayOf(asOf)
  const body = bodyOf(person, asOf)
  const eager = person.key === johnDoe.key
  const span = eager ? 430 : random.whole(385, 560)
  const [shortest, longest] = eager ? ([3, 5] as const) : ([7, 14] as const)
  const risesAt = random.whole(6 * 60, 8 * 60)

  const weights: HomeReading[] = readingDays(random, span, shortest, longest).map((daysAgo, index) => {
    const day = last - daysAgo
    const at = dateTimeOf(day, risesAt + random.whole(0, 40))
    return { kind: 'weight', name: numberedName('weight', index), day, at, kg: body.weight(day, random) }
  })
  const pressures: HomeReading[] = readingDays(random, span, shortest, longest).map((daysAgo, index) => {
    const day = last - daysAgo
    const evening = daysAgo > 1 && random.chance(0.35)
    const minute = evening ? random.whole(19 * 60, 21 * 60 + 30) : risesAt + random.whole(20, 75)
    const { systolic, diastolic } = body.pressure(day, minute, random)
    const name = numberedName('pressure', index)
    return { kind: 'pressure', name, day, at: dateTimeOf(day, minute), systolic, diastolic }
  })
  return [...weights, ...pressures].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

/** A scale shows one decimal, in the unit its owner chose. */
export const homeObservation = (
  id: string,
  reading: HomeReading,
  setting: Omit<Setting, 'effectiveDateTime'>,
  unit: 'kg' | 'lb' = 'kg',
): Observation => {
  const settingOfReading = { ...setting, effectiveDateTime: reading.at }
  switch (reading.kind) {
    case 'pressure':
      return bloodPressure(id, settingOfReading, reading)
    case 'weight':
      return bodyWeight(
        id,
        settingOfReading,
        roundTo(unit === 'kg' ? reading.kg : reading.kg / 0.45359237, 1),
        unit,
      )
  }
}

/** Returns on which days (as days ago) readings were taken, the oldest first. The newest is a few days old, or from yesterday. */
const readingDays = (random: Random, span: number, shortest: number, longest: number): number[] => {
  const daysAgoList: number[] = []
  for (let daysAgo = span; daysAgo > 1; daysAgo -= random.whole(shortest, longest)) daysAgoList.push(daysAgo)
  return shortest < 7 ? [...daysAgoList, 1] : daysAgoList
}

const numberedName = (kind: string, index: number): string => `${kind}-${String(index + 1).padStart(3, '0')}`
