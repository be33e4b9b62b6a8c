import type { Day } from './calendar.ts'
import type { Person } from './people.ts'
import { randomFrom } from './random.ts'

/** A person's conditions. Their readings, laboratory values and prescriptions follow from them. */
export interface Health {
  readonly problems: readonly Problem[]
  readonly heightCm: number
  /** At the end of the record. */
  readonly weightKg: number
  /** The trend up to then. */
  readonly kgPerYear: number
  /** Resting pressure without treatment, mmHg. */
  readonly systolic: number
  readonly diastolic: number
  /** Beats a minute. */
  readonly heartRate: number
}

export interface Problem {
  readonly name: ProblemName
  /** Days before the last day of the record. */
  readonly onsetDaysAgo: number
  readonly treatedDaysAgo: number
}

export type ProblemName =
  | 'hypertension'
  | 'diabetes'
  | 'cholesterol'
  | 'asthma'
  | 'reflux'
  | 'depression'
  | 'osteoarthritis'

/** The largest share of people who have it, and the age from which it becomes frequent. */
const frequency: readonly (readonly [ProblemName, number, number])[] = [
  ['hypertension', 0.55, 48],
  ['diabetes', 0.2, 52],
  ['cholesterol', 0.4, 45],
  ['asthma', 0.09, 0],
  ['reflux', 0.16, 38],
  ['depression', 0.13, 18],
  ['osteoarthritis', 0.35, 62],
]

export const healthOf = (person: Person): Health => {
  const random = randomFrom(`health ${person.key}`)
  const age = 2025 - Number(person.birthDate.slice(0, 4))
  const problems = frequency.flatMap(([name, share, from]) => {
    const likely = share * Math.max(0, Math.min(1, (age - from + 12) / 24))
    const onsetDaysAgo = random.whole(300, 2400)
    const treatedDaysAgo = onsetDaysAgo - random.whole(0, 200)
    return random.chance(likely) ? [{ name, onsetDaysAgo, treatedDaysAgo }] : []
  })
  const has = (name: ProblemName) => problems.some((problem) => problem.name === name)

  const heightCm = Math.round(random.normal(person.gender === 'male' ? 176 : 163, 6.3))
  const bodyMass = Math.max(18.5, random.normal(has('diabetes') ? 30.5 : 26.4, 3.6))
  const excess = has('hypertension') ? random.normal(26, 5) : 0
  const health: Health = {
    problems,
    heightCm,
    weightKg: bodyMass * (heightCm / 100) ** 2,
    kgPerYear: random.normal(0.3, 0.7),
    systolic: random.normal(108 + 0.18 * age, 5) + excess,
    diastolic: random.normal(71 + 0.05 * age, 3.5) + excess * 0.5,
    heartRate: random.normal(71, 6),
  }
  return { ...health, ...fixedHealth[person.key] }
}

/** The two people whom every user of the demo meets first. John's pressure was high until a daily tablet lowered it. */
const fixedHealth: Readonly<Record<string, Partial<Health>>> = {
  'john-doe': {
    problems: [
      { name: 'hypertension', onsetDaysAgo: 720, treatedDaysAgo: 365 },
      { name: 'cholesterol', onsetDaysAgo: 1000, treatedDaysAgo: 910 },
    ],
    heightCm: 181,
    weightKg: 91,
    kgPerYear: -2.1,
    systolic: 148,
    diastolic: 92,
    heartRate: 74,
  },
  'jane-doe': {
    problems: [{ name: 'asthma', onsetDaysAgo: 2300, treatedDaysAgo: 2290 }],
    heightCm: 168,
    weightKg: 64,
    kgPerYear: 0.4,
    systolic: 116,
    diastolic: 74,
    heartRate: 66,
  },
}

/** Returns the share of a treatment's effect: nothing before it began, nearly all after six weeks. */
export const effect = (problem: Problem | undefined, day: Day, last: Day): number => {
  if (!problem) return 0
  const since = day - (last - problem.treatedDaysAgo)
  return since <= 0 ? 0 : 1 - Math.exp(-since / 18)
}
