import { readBirthdate, readSearchWords } from '../../../values/search-words.ts'
import type { PatientQuery, SixFields, TypedQuery } from '../../messages/patients.ts'
import { locale, t } from '../../ui/words/words.ts'

/** What is wrong with the typed fields. */
export interface SearchErrors {
  anything?: string
  birthdate?: string
}

/** Returns the query for the typed fields, or what is wrong with them. */
export const readQuery = ({
  anything = '',
  ...fields
}: TypedQuery): SearchErrors & { asked?: PatientQuery } => {
  const six: SixFields = Object.fromEntries(
    Object.entries(fields)
      .map(([field, value]) => [field, value?.trim()])
      .filter(([, value]) => value),
  )
  const words = readSearchWords(anything, locale())
  if (words === 'no-such-date') return { anything: t('search_no_such_date') }
  const birthdate = six.birthdate && readBirthdate(six.birthdate, locale())
  if (birthdate === 'no-such-date') return { birthdate: t('search_no_such_date') }
  if (six.birthdate && !birthdate) return { birthdate: t('birthdate_wrong') }
  const query = {
    ...six,
    ...(birthdate && { birthdate }),
    ...(Object.keys(words).length > 0 && { anything: words }),
  }
  return Object.keys(query).length > 0 ? { asked: query } : { anything: t('search_nothing_typed') }
}

/**
 * Checks whether a search may be sent while it is typed: its one box holds two parts of a name, one and a birth date, a whole birth
 * date, or a number. The organization adds an entry to the log of everybody whom a search finds, so one name waits for Enter.
 */
export const namesFew = ({
  anything: { names = [], birthdate = '', numbers } = {},
}: PatientQuery): boolean => {
  if (numbers) return (numbers[0] ?? '').length > 3
  const parts = names.filter((name) => name.length > 1).length
  return parts > 1 || birthdate.length === 'yyyy-mm-dd'.length || (parts === 1 && birthdate !== '')
}
