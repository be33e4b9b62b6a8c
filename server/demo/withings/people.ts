import { createHash } from 'node:crypto'
import { bodyOf } from '../body.ts'
import { type Day, dateTimeOf, dayOf } from '../calendar.ts'
import type { Health } from '../health.ts'
import { type HomeReading, homeReadings } from '../home-readings.ts'
import { fullName, johnDoe, type Person } from '../people.ts'
import { type Random, randomFrom } from '../random.ts'
import { copiedReadings } from '../riverside.ts'
import {
  DIASTOLIC,
  FAT_MASS,
  FAT_RATIO,
  HEIGHT,
  type Measure,
  type MeasureGroup,
  PULSE,
  SYSTOLIC,
  WEIGHT,
} from './measures.ts'

/** Somebody with an account at the stand-in; the password is the username and "-demo". */
export interface StandInPerson {
  readonly username: string
  readonly name: string
  readonly userid: number
  readonly timezone: string
  readonly devices: readonly object[]
  /** Everything measured until the day before `asOf` (`YYYY-MM-DD`); always the same for the same day. */
  groups(asOf: string): MeasureGroup[]
}

/** A group of measures as a device or a person entered it. Times in seconds. */
type Draft = Pick<MeasureGroup, 'date' | 'attrib' | 'measures'> &
  Partial<Pick<MeasureGroup, 'category' | 'created' | 'modified'>> & { readonly device?: Device }

interface Device {
  readonly deviceid: string
  readonly modelid: number
  readonly model: string
}

const FIRST_GROUP = 4_815_700_000
const DAY = 86_400
const SPAN = 410

const device = (username: string, modelid: number, model: string): Device => ({
  deviceid: createHash('sha1').update(`${username} ${model}`).digest('hex'),
  modelid,
  model,
})

interface Devices {
  readonly scale: Device
  readonly cuff: Device
}

const personAt = (
  username: string,
  person: Person,
  userid: number,
  draftsOf: (person: Person, devices: Devices, asOf: string) => Draft[],
): StandInPerson => {
  const scale = device(username, 5, 'Body+')
  const cuff = device(username, 45, 'BPM Connect')
  const deviceEntry = (type: string, { deviceid, modelid, model }: Device) => ({
    ...{ type, model, model_id: modelid, battery: 'high', deviceid, hash_deviceid: deviceid },
    timezone: 'America/Chicago',
  })
  return {
    username,
    name: fullName(person),
    userid,
    timezone: 'America/Chicago',
    devices: [deviceEntry('Scale', scale), deviceEntry('Blood Pressure Monitor', cuff)],
    groups: (asOf) =>
      draftsOf(person, { scale, cuff }, asOf)
        .sort((a, b) => a.date - b.date)
        .map((draft, index) => groupOf(draft, FIRST_GROUP + index * 17)),
  }
}

const groupOf = ({ device: by, ...draft }: Draft, grpid: number): MeasureGroup => {
  const createdAt = draft.created ?? draft.date + 40
  return {
    grpid,
    attrib: draft.attrib,
    date: draft.date,
    created: createdAt,
    modified: draft.modified ?? createdAt,
    category: draft.category ?? 1,
    deviceid: by?.deviceid ?? null,
    hash_deviceid: by?.deviceid ?? null,
    measures: draft.measures,
    modelid: by?.modelid ?? null,
    model: by?.model ?? null,
    comment: null,
  }
}

const johnsDrafts = (person: Person, devices: Devices, asOf: string): Draft[] => {
  const random = randomFrom(`withings ${person.key}`)
  const last = dayOf(asOf)
  const readings = deviceReadings(person, devices, asOf)
  const weights = everyFewDays(random, 2, 4).map((daysAgo, index) => {
    const weight = readings.weight(last - daysAgo)
    // Somebody else, who weighs nearly as much as John, sometimes uses his scale.
    return index % 40 === 25 ? { ...weight, attrib: 1 } : weight
  })
  const pressures = everyFewDays(random, 3, 5).map((daysAgo, index) => {
    const pressure = readings.pressure(last - daysAgo)
    // The cuff measured three times and took the best value. Once it stopped after the first one.
    if (index === 30)
      return { ...pressure, measures: pressure.measures.filter(({ type }) => type !== DIASTOLIC) }
    return index % 12 === 5 ? { ...pressure, attrib: 5 } : pressure
  })
  return [...profile(readings.health, readings.start), ...weights, ...pressures, ...typedByHand(person, asOf)]
}

/**
 * The values that John entered when he created his account: height, weight, and a goal, which is among the measures of category
 * 2.
 */
const profile = ({ heightCm, weightKg }: Health, date: number): Draft[] => [
  { date, attrib: 4, measures: [measure(HEIGHT, heightCm, -2)] },
  { date: date + 1, attrib: 4, measures: [measure(WEIGHT, Math.round(weightKg), 0)] },
  { date: date + 2, attrib: 2, category: 2, measures: [measure(WEIGHT, Math.floor(weightKg / 10), 1)] },
]

/**
 * Readings of Pulse's devices that John typed in on the evening of the same day: those that the clinic copied, and a few more.
 */
const typedByHand = (person: Person, asOf: string): Draft[] => {
  const copiedNames = new Set(copiedReadings(asOf).map(({ name }) => name))
  return homeReadings(person, asOf)
    .filter(({ name }, index) => copiedNames.has(name) || index % 23 === 11)
    .map((reading, index) => {
      const date = Date.parse(reading.at) / 1000
      const createdAt = date + 1800
      // Now and then he mistyped a value and corrected it the next day.
      const modified = index % 5 === 2 ? createdAt + DAY / 2 : createdAt
      return { date, created: createdAt, modified, attrib: 2, measures: typedMeasures(reading) }
    })
}

const typedMeasures = (reading: HomeReading): Measure[] => {
  switch (reading.kind) {
    case 'weight':
      return [measure(WEIGHT, Math.round(reading.kg * 10), -1)]
    case 'pressure':
      return [measure(DIASTOLIC, reading.diastolic, 0), measure(SYSTOLIC, reading.systolic, 0)]
  }
}

/** Returns what a person's scale and cuff show on a day. */
const deviceReadings = (person: Person, { scale, cuff }: Devices, asOf: string) => {
  const body = bodyOf(person, asOf)
  const at = (day: Day, minute: number, random: Random) =>
    Date.parse(dateTimeOf(day, minute)) / 1000 + random.whole(1, 59)
  return {
    health: body.health,
    start: Date.parse(dateTimeOf(dayOf(asOf) - SPAN - 1, 20 * 60)) / 1000,
    weight: (day: Day): Draft => {
      const random = randomFrom(`withings weight ${person.key} ${day}`)
      const grams = Math.round(body.weight(day, random) * 20) * 50
      const fat = random.whole(2_350, 2_650)
      return {
        device: scale,
        attrib: 0,
        date: at(day, random.whole(7 * 60 + 30, 8 * 60 + 30), random),
        measures: [
          { ...measure(WEIGHT, grams, -3), algo: 0, fm: 131 },
          { ...measure(FAT_MASS, Math.round((grams * fat) / 100_000), -2), algo: 0, fm: 131 },
          measure(FAT_RATIO, fat * 10, -3),
        ],
      }
    },
    pressure: (day: Day): Draft => {
      const random = randomFrom(`withings pressure ${person.key} ${day}`)
      const minute = random.whole(21 * 60 + 35, 22 * 60 + 30)
      const { systolic, diastolic, heartRate } = body.pressure(day, minute, random)
      return {
        device: cuff,
        attrib: 0,
        date: at(day, minute, random),
        measures: [
          measure(DIASTOLIC, diastolic, 0),
          measure(SYSTOLIC, systolic, 0),
          measure(PULSE, heartRate, 0),
        ],
      }
    },
  }
}

/** On which days, as days ago, the oldest first; the newest is from yesterday. */
const everyFewDays = (random: Random, shortest: number, longest: number): number[] => {
  const daysAgo: number[] = []
  for (let days = SPAN; days > 1; days -= random.whole(shortest, longest)) daysAgo.push(days)
  return [...daysAgo, 1]
}

const measure = (type: number, value: number, unit: number): Measure => ({ value, type, unit })

/**
 * John Doe, who has used a scale and a cuff of Withings for more than a year. He also typed in some readings of Pulse's devices,
 * among them those that his clinic copied.
 */
export const john = personAt('john', johnDoe, 30_411_672, johnsDrafts)

/** Returns a person with a weight and a blood pressure on every day of many years, up to ten. */
export const dailyMeasurer = (years: number): StandInPerson =>
  personAt('daily', { ...johnDoe, key: 'daily' }, 30_411_673, (person, devices, asOf) => {
    const readings = deviceReadings(person, devices, asOf)
    return Array.from({ length: Math.round(years * 365.25) }, (_, index) => dayOf(asOf) - 1 - index).flatMap(
      (day) => [readings.weight(day), readings.pressure(day)],
    )
  })
