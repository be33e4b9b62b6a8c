import type { Problem } from '../../messages/errors.ts'
import { extentOf, type PatientPage, type PatientQuery } from '../../messages/patients.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import type { Pages } from '../../ui/state/use-pages.ts'
import { absent } from '../../ui/words/absent.ts'
import { day } from '../../ui/words/dates.ts'
import { quoted } from '../../ui/words/outside-words.ts'
import { genderWords, listed, t } from '../../ui/words/words.ts'

interface SearchEndProps extends Pick<Pages<PatientPage>, 'pages' | 'pending'> {
  problem?: Problem | undefined
  query: PatientQuery
  organization: string
}

/**
 * Says why patients are missing from what was found; or, if nobody was found, what was looked for and among whom, and what the one
 * box takes, if it was used.
 */
export const SearchEnd = ({ query, organization, pages, problem, pending }: SearchEndProps) => {
  const value = extentOf(pages)
  const last = pages.at(-1)
  if (!last || pending) return null
  const nothing =
    pages.every(({ patients }) => patients.length === 0) &&
    absent(
      [{ pending, value, ...(problem && { problem }) }],
      'found_nothing',
      organization,
      queryWords(query),
    )
  return (
    <>
      {value.cut && last.next === undefined && (
        <ProblemNotice problem={last.warning ?? { code: 'list-incomplete' }} organization={organization} />
      )}
      {nothing && (
        <Notice kind="empty">
          {nothing} {query.anything && t('found_nothing_hint')}
        </Notice>
      )}
    </>
  )
}

interface Props {
  query: PatientQuery
  onSearch: (query: PatientQuery) => void
}

/** Searches the other reading of the typed date; renders nothing if it can be read in one way only. */
export const OtherDate = ({ query, onSearch }: Props) => {
  const { birthdate, otherBirthdate, ...words } = query.anything ?? {}
  if (birthdate === undefined || otherBirthdate === undefined) return null
  const anything = { ...words, birthdate: otherBirthdate, otherBirthdate: birthdate }
  return (
    <Button look="plain" onClick={() => onSearch({ ...query, anything })}>
      {t('search_other_date', day(otherBirthdate))}
    </Button>
  )
}

/** Says what a search looked for: `with the name “jane” and born in 1980`. */
export const queryWords = ({ anything = {}, ...fields }: PatientQuery): string => {
  const { names = [], numbers: [number] = [], birthdate } = anything
  return listed([
    ...(fields.fullName ? [t('looked_full_name', quoted(fields.fullName))] : []),
    ...(names.length > 0 ? [t('looked_name', quoted(names.join(' ')))] : []),
    ...(fields.given ? [t('looked_given', quoted(fields.given))] : []),
    ...(fields.family ? [t('looked_family', quoted(fields.family))] : []),
    ...(fields.gender ? [t('looked_gender', genderWords(fields.gender))] : []),
    ...[...new Set([birthdate, fields.birthdate])].flatMap((date) => (date ? [bornWords(date)] : [])),
    ...[number, fields.identifier].flatMap((each) => (each ? [t('looked_number', each)] : [])),
  ])
}

const bornWords = (date: string): string => {
  if (!/^\d/.test(date)) return t('looked_birthdate', date)
  return t(/^\d{4}-\d{2}-\d{2}$/.test(date) ? 'looked_born_on' : 'looked_born_in', day(date))
}
