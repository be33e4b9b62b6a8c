import { isBirthdate } from '../../../values/birthdate.ts'
import { readableName } from '../../../values/readable-name.ts'
import type { PersonDetails } from './upstream-sign-in.ts'

/** Nobody who signs in was born before this year. */
const EARLIEST = '1880-01-01'

/**
 * Reads what a person entered about themselves.
 *
 * @returns `undefined` when a name is missing or the birth date is not a date.
 */
export const readPerson = (
  form: Readonly<Record<string, unknown>> | undefined,
  now: number,
): PersonDetails | undefined => {
  const textOf = (name: string) => {
    const value = form?.[name]
    return typeof value === 'string' ? readableName(value, 60) : ''
  }
  const [givenName, family, birthDate] = [textOf('given'), textOf('family'), textOf('birthdate')]
  const isDate = /^\d{4}-\d\d-\d\d$/.test(birthDate) && isBirthdate(birthDate)
  const today = new Date(now + 24 * 3_600_000).toISOString().slice(0, 10)
  if (givenName === '' || family === '' || !isDate || birthDate < EARLIEST || birthDate > today)
    return undefined
  return { given: givenName, family, birthDate }
}
