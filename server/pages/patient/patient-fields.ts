import { readSearchWords } from '../../../values/search-words.ts'
import type { PatientFields } from '../../grants/patients.ts'
import { dateTimeFormat, type Locale } from '../frame/locale.ts'
import type { PatientSearch } from './search-form.ts'

/**
 * Returns what was typed into a posted search form, each field limited to 200 characters and without empty ones, and the fields to
 * search for; no fields if the one box holds a day that does not exist.
 */
export const patientFieldsOf = (
  form: Readonly<Record<string, unknown>>,
  locale: Locale,
  now: number,
): Pick<PatientSearch, 'typed'> & { readonly fields?: PatientFields } => {
  const field = (name: string) => {
    const value = form[name]
    return typeof value === 'string' && value.trim() !== '' ? { [name]: value.slice(0, 200) } : {}
  }
  const { anything = '', ...six }: PatientSearch['typed'] = {
    ...field('anything'),
    ...field('name'),
    ...field('given'),
    ...field('family'),
    ...field('gender'),
    ...field('identifier'),
    ...field('birthdate'),
  }
  const typed = { ...six, ...(anything !== '' && { anything }) }
  const words = readSearchWords(anything, locale.tag ?? locale.format, new Date(now), dateTimeFormat)
  if (words === 'no-such-date') return { typed }
  return { typed, fields: { ...six, ...(Object.keys(words).length > 0 && { anything: words }) } }
}
