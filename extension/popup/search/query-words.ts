import type { PatientQuery } from '../../messages/patients.ts'
import { day } from '../../ui/words/dates.ts'
import { genderWords, listed, t } from '../../ui/words/words.ts'

/** Says what a search looked for: `with the name “jane” and born in 1980`. */
export const queryWords = ({ anything = {}, ...fields }: PatientQuery): string => {
  const { names = [], numbers: [number] = [], birthdate } = anything
  return listed([
    ...(fields.fullName ? [t('looked_full_name', fields.fullName)] : []),
    ...(names.length > 0 ? [t('looked_name', names.join(' '))] : []),
    ...(fields.given ? [t('looked_given', fields.given)] : []),
    ...(fields.family ? [t('looked_family', fields.family)] : []),
    ...(fields.gender ? [t('looked_gender', genderWords(fields.gender))] : []),
    ...[...new Set([birthdate, fields.birthdate])].flatMap((date) => (date ? [bornWords(date)] : [])),
    ...[number, fields.identifier].flatMap((each) => (each ? [t('looked_number', each)] : [])),
  ])
}

const bornWords = (date: string): string => {
  if (!/^\d/.test(date)) return t('looked_birthdate', date)
  return t(/^\d{4}-\d{2}-\d{2}$/.test(date) ? 'looked_born_on' : 'looked_born_in', day(date))
}
