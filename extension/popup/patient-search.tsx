import { useRef, useState } from 'preact/hooks'
import type { PatientQuery } from '../messages/patients.ts'
import { isBirthdate } from '../messages/patients.ts'
import type { Connection, Place } from '../messages/state.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { Select } from '../ui/select.tsx'
import { t } from '../ui/words.ts'
import { PatientResults } from './patient-results.tsx'

interface Props {
  connection: Connection
  /** Shows its own heading, because the page's heading names something else. */
  hasHeading: boolean
  place: Place
  go: (place: Place) => void
}

export const PatientSearch = ({ connection, hasHeading, place, go }: Props) => {
  const [errors, setErrors] = useState<{ birthdate?: string; all?: string }>({})
  const [searchNumber, setSearchNumber] = useState(0)
  const section = useRef<HTMLElement>(null)
  const typed = place.typed ?? {}
  const set = (field: keyof PatientQuery) => (value: string) =>
    go({ ...place, typed: { ...typed, [field]: value } })

  const submit = (event: Event) => {
    event.preventDefault()
    const asked = trimQuery(typed)
    if (Object.keys(asked).length === 0) return setErrors({ all: t('search_nothing_typed') })
    if (asked.birthdate && !isBirthdate(asked.birthdate))
      return setErrors({ birthdate: t('birthdate_wrong') })
    setErrors({})
    setSearchNumber(searchNumber + 1)
    go({ ...place, asked })
  }

  /** Moves focus from a field to the first result with the down arrow. */
  const toResults = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' || !(event.target instanceof HTMLInputElement)) return
    const first = section.current?.querySelector<HTMLElement>('.found')
    if (!first) return
    event.preventDefault()
    first.focus()
  }

  return (
    <section id="search" tabIndex={-1} class="stack" ref={section}>
      {hasHeading && <h2>{t('search_patients')}</h2>}
      {connection.can.searchPatients ? (
        <>
          <form
            class="search"
            aria-label={t('search_patients')}
            onSubmit={submit}
            onKeyDown={toResults}
            noValidate
          >
            <div class="whole">
              <Field label={t('full_name')} value={typed.fullName ?? ''} onValue={set('fullName')} />
            </div>
            <Field label={t('given')} value={typed.given ?? ''} onValue={set('given')} />
            <Field label={t('family')} value={typed.family ?? ''} onValue={set('family')} />
            <Select
              label={t('gender')}
              value={typed.gender ?? ''}
              choices={GENDERS.map((value) => ({ value, label: t(`gender_${value || 'any'}`) }))}
              onValue={set('gender')}
            />
            <Field
              label={t('birthdate')}
              value={typed.birthdate ?? ''}
              onValue={set('birthdate')}
              placeholder={t('birthdate_example')}
              error={errors.birthdate}
            />
            <div class="whole">
              <Field
                label={t('identifier')}
                value={typed.identifier ?? ''}
                onValue={set('identifier')}
                placeholder={t('identifier_example')}
              />
            </div>
            <div class="whole">
              <Button type="submit" look="primary">
                {t('search_patients')}
              </Button>
            </div>
          </form>
          {errors.all && <Notice kind="empty">{errors.all}</Notice>}
          {place.asked && !errors.all && !errors.birthdate && (
            <PatientResults
              key={searchNumber}
              connection={connection}
              query={place.asked}
              isNewSearch={searchNumber > 0}
              onOpen={(patient) => go({ ...place, patient })}
            />
          )}
        </>
      ) : (
        <Notice kind="refused">{t('search_not_allowed', connection.providerName)}</Notice>
      )}
    </section>
  )
}

const GENDERS = ['', 'female', 'male', 'other', 'unknown'] as const

const trimQuery = (query: PatientQuery): PatientQuery =>
  Object.fromEntries(
    Object.entries(query)
      .map(([field, value]) => [field, value?.trim()])
      .filter(([, value]) => value),
  )
