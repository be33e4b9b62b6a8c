import { type Day, dayOf } from './calendar.ts'
import { effect, type Health, healthOf } from './health.ts'
import type { Person } from './people.ts'
import { type Random, randomFrom } from './random.ts'

/** One person's body over the years. The same random stream, read in the same order, gives the same values. */
export interface Body {
  readonly health: Health
  /** kg, unrounded */
  weight(day: Day, random: Random): number
  pressure(day: Day, minute: number, random: Random): Pressure
}

interface Pressure {
  /** mmHg */
  readonly systolic: number
  readonly diastolic: number
  /** Beats a minute. */
  readonly heartRate: number
}

/** No record goes further back. */
export const longestRecord = 2922

export const bodyOf = (person: Person, asOf: string): Body => {
  const last = dayOf(asOf)
  const health = healthOf(person)
  const drift = dailyDrift(randomFrom(`body ${person.key}`))
  const hypertension = health.problems.find(({ name }) => name === 'hypertension')
  const at = (day: Day) => drift[Math.max(0, longestRecord - (last - day))] ?? { weight: 0, pressure: 0 }

  return {
    health,
    weight: (day, random) => {
      const trend = (health.kgPerYear * (day - last)) / 365.25
      const season = 0.5 * winter(day)
      const slow = at(day).weight * (health.weightKg / 80)
      return Math.max(40, health.weightKg + trend + season + slow + random.normal(0, 0.25))
    },
    pressure: (day, minute, random) => {
      const treated = effect(hypertension, day, last)
      // Highest in the late morning, lower after dinner.
      const hour = 3 * Math.cos(((minute - 11 * 60) / (24 * 60)) * 2 * Math.PI)
      const common = at(day).pressure + 2 * winter(day) + hour + random.normal(0, 4)
      const systolic = health.systolic + common - 20 * treated
      const diastolic = health.diastolic + common * 0.55 - 11 * treated + random.normal(0, 2)
      return {
        systolic: Math.round(systolic),
        diastolic: Math.round(Math.min(diastolic, systolic - 22)),
        heartRate: Math.round(health.heartRate + random.normal(0, 4)),
      }
    },
  }
}

/** From -1 in July to 1 in January. */
const winter = (day: Day): number => Math.cos(((day - 15) / 365.25) * 2 * Math.PI)

/** A daily value that drifts and returns to its mean: weeks above and weeks below the usual, as in people. */
const dailyDrift = (random: Random): { weight: number; pressure: number }[] => {
  const drift: { weight: number; pressure: number }[] = []
  let weight = 0
  let pressure = 0
  for (let day = 0; day <= longestRecord; day++) {
    weight = weight * 0.992 + random.normal(0, 0.16)
    pressure = pressure * 0.96 + random.normal(0, 0.9)
    drift.push({ weight, pressure })
  }
  return drift
}
