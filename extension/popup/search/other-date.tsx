import type { PatientQuery } from '../../messages/patients.ts'
import { Button } from '../../ui/controls/button.tsx'
import { day } from '../../ui/words/dates.ts'
import { t } from '../../ui/words/words.ts'

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
