import type { Identifier, Patient } from '@medplum/fhirtypes'
import { dateOf, dayOf } from './calendar.ts'
import { namePools, places, streets } from './names.ts'
import { type Random, randomFrom } from './random.ts'

/** A fictional person; `key` seeds everything about their body, at every organization. */
export interface Person {
  readonly key: string
  readonly given: readonly string[]
  readonly family: string
  readonly gender: 'female' | 'male'
  /** `YYYY-MM-DD` */
  readonly birthDate: string
}

export const janeDoe: Person = {
  key: 'jane-doe',
  given: ['Jane'],
  family: 'Doe',
  gender: 'female',
  birthDate: '1980-01-15',
}

export const johnDoe: Person = {
  key: 'john-doe',
  given: ['John'],
  family: 'Doe',
  gender: 'male',
  birthDate: '1972-03-04',
}

/**
 * People whom a careless search would confuse. The exact name "Jane Doe" must not find Jane Marie Doe, and the two Michael
 * Johnsons differ only in their birth dates.
 */
export const namesakes: readonly Person[] = [
  {
    key: 'jane-marie-doe',
    given: ['Jane', 'Marie'],
    family: 'Doe',
    gender: 'female',
    birthDate: '1991-09-30',
  },
  {
    key: 'michael-johnson-1',
    given: ['Michael'],
    family: 'Johnson',
    gender: 'male',
    birthDate: '1958-06-21',
  },
  {
    key: 'michael-johnson-2',
    given: ['Michael'],
    family: 'Johnson',
    gender: 'male',
    birthDate: '1987-11-02',
  },
]

/** Adults born from 1932 to 2004; nobody shares Jane Doe's birthday. */
export const makePeople = (prefix: string, count: number): Person[] =>
  Array.from({ length: count }, (_, index) => {
    const key = `${prefix}${String(index + 1).padStart(4, '0')}`
    const random = randomFrom(`person ${key}`)
    const pool = random.pick(namePools)
    const gender = random.chance(0.53) ? 'female' : 'male'
    const first = random.pick(pool[gender])
    const second = random.chance(0.18) ? random.pick(pool[gender]) : first
    const birthDate = dateOf(random.whole(dayOf('1932-01-01'), dayOf('2004-12-31')))
    return {
      key,
      given: second === first ? [first] : [first, second],
      family: random.pick(pool.family),
      gender,
      birthDate: birthDate === janeDoe.birthDate ? '1980-02-15' : birthDate,
    }
  })

export const fullName = (person: Pick<Person, 'given' | 'family'>): string =>
  [...person.given, person.family].join(' ')

export const patientOf = (person: Person, id: string, identifier: Identifier): Patient => {
  const random = randomFrom(`address ${person.key}`)
  return {
    resourceType: 'Patient',
    id,
    meta: { profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient'] },
    identifier: [identifier],
    active: true,
    name: [{ use: 'official', text: fullName(person), family: person.family, given: [...person.given] }],
    telecom: [
      // 555-0100 to 555-0199 are never given to anyone.
      {
        system: 'phone',
        value: `(217) 555-01${String(random.whole(0, 99)).padStart(2, '0')}`,
        use: 'mobile',
      },
      { system: 'email', value: `${asciiName(person)}@example.com`, use: 'home' },
    ],
    gender: person.gender,
    birthDate: person.birthDate,
    address: [addressOf(random)],
  }
}

const addressOf = (random: Random) => {
  const [city, postalCode] = random.pick(places)
  const line = [
    `${random.whole(100, 2999)} ${random.pick(streets)} ${random.pick(['Street', 'Avenue', 'Road', 'Lane'])}`,
  ]
  return { use: 'home' as const, line, city, state: 'IL', postalCode, country: 'US' }
}

const asciiName = (person: Person): string =>
  `${person.given[0] ?? ''}.${person.family}`
    .normalize('NFD')
    .replace(/đ/gi, 'd')
    .replace(/ł/gi, 'l')
    .replace(/ø/gi, 'o')
    .replace(/ß/g, 'ss')
    .replace(/[^a-zA-Z.-]/g, '')
    .toLowerCase()
