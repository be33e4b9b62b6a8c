import { useRef, useState } from 'preact/hooks'
import type { PatientQuery, SixFields, TypedQuery } from '../messages/patients.ts'
import { readBirthdate, readSearchWords } from '../messages/read-search-words.ts'
import type { Connection, Place } from '../messages/state.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { locale, t } from '../ui/words.ts'
import { FoundPatients, PatientResults } from './patient-results.tsx'
import { SearchFields } from './search-fields.tsx'

interface Props {
  connection: Connection
  /** Shows its own heading, because the page's heading names something else. */
  hasHeading: boolean
  place: Place
  go: (place: Place) => void
}

interface Errors {
  anything?: string
  birthdate?: string
  all?: string
}

export const PatientSearch = ({ connection, hasHeading, place, go }: Props) => {
  const [errors, setErrors] = useState<Errors>({})
  const [searchNumber, setSearchNumber] = useState(0)
  // Stays open until the next search: if the fields folded as soon as the focus left them, the button being pressed would move.
  const [isUnfolded, unfold] = useState(false)
  const section = useRef<HTMLElement>(null)
  const typedFields = place.typed ?? {}
  const set = (field: keyof TypedQuery) => (value: string) =>
    go({ ...place, typed: { ...typedFields, [field]: value } })

  const submit = (event: Event) => {
    event.preventDefault()
    const { asked, ...found } = readQuery(typedFields)
    setErrors(found)
    if (!asked) return
    setSearchNumber(searchNumber + 1)
    unfold(false)
    // Moves the focus out of the six fields, so that they fold and make room for the results.
    if (document.activeElement?.closest('.fields')) section.current?.querySelector('input')?.focus()
    go({ ...place, asked })
  }

  const startAgain = () => {
    const { typed: _typed, asked: _asked, ...rest } = place
    setErrors({})
    go(rest)
    section.current?.querySelector('input')?.focus()
  }

  /** Moves focus from a field to the first result with the down arrow. */
  const toResults = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' || !(event.target instanceof HTMLInputElement)) return
    const first = section.current?.querySelector<HTMLElement>('.found')
    if (!first) return
    event.preventDefault()
    first.focus()
  }

  const results = Object.keys(errors).length === 0 ? place.asked : undefined
  // Somebody who reaches one record only has hardly anything to search for.
  const isOwnRecord = connection.patient !== undefined
  const isFolded = (results !== undefined || isOwnRecord) && !isUnfolded
  return (
    <section id="search" tabIndex={-1} class="stack" ref={section}>
      {hasHeading && <h3>{t('search_patients')}</h3>}
      {connection.patient && connection.can.searchPatients && <p class="quiet">{t('search_own')}</p>}
      {connection.can.searchPatients ? (
        <>
          <form
            class={isFolded ? 'search folded' : 'search'}
            aria-label={t('search_patients')}
            onSubmit={submit}
            onKeyDown={toResults}
            noValidate
          >
            <Field
              label={t('search_anything')}
              value={typedFields.anything ?? ''}
              onValue={set('anything')}
              placeholder={t('search_anything_example')}
              error={errors.anything}
            />
            <SearchFields
              typed={typedFields}
              isFolded={isFolded}
              keepsLine={isOwnRecord}
              birthdateError={errors.birthdate}
              onValue={set}
              onFocus={() => unfold(true)}
              onClear={place.asked && startAgain}
            />
            <Button type="submit" look="primary">
              {t('search_patients')}
            </Button>
          </form>
          {errors.all && <Notice kind="empty">{errors.all}</Notice>}
          {results && (
            <PatientResults
              key={searchNumber}
              connection={connection}
              query={results}
              isNewSearch={searchNumber > 0}
              onOpen={(patient) => go({ ...place, patient })}
            />
          )}
          {!place.asked && Object.keys(errors).length === 0 && connection.recentPatients && (
            <div>
              <p class="quiet small">{t('recent_patients')}</p>
              <FoundPatients
                label={t('recent_patients')}
                patients={connection.recentPatients}
                onOpen={(patient) => go({ ...place, patient })}
              />
            </div>
          )}
        </>
      ) : (
        <Notice kind="refused">
          {t(isOwnRecord ? 'search_for_staff' : 'search_not_allowed', connection.providerName)}
        </Notice>
      )}
    </section>
  )
}

/** Returns the query for the typed fields, or what is wrong with them. */
const readQuery = ({ anything = '', ...fields }: TypedQuery): Errors & { asked?: PatientQuery } => {
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
  return Object.keys(query).length > 0 ? { asked: query } : { all: t('search_nothing_typed') }
}
