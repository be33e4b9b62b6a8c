import { useEffect, useRef, useState } from 'preact/hooks'
import type { PatientQuery, TypedQuery } from '../../messages/patients.ts'
import type { Connection, PopupPlace } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Field } from '../../ui/controls/field.tsx'
import { Notice } from '../../ui/controls/notice.tsx'
import { useLater } from '../../ui/controls/skeleton.tsx'
import { t } from '../../ui/words/words.ts'
import { FoundPatients, PatientResults } from './patient-results.tsx'
import type { SearchErrors } from './read-query.ts'
import { SearchFields } from './search-fields.tsx'

/** Milliseconds without a keystroke after which what was typed is searched. */
const TYPING_PAUSE = 300

interface Props {
  connection: Connection
  place: PopupPlace
  go: (place: PopupPlace) => void
}

export const PatientSearch = ({ connection, place, go }: Props) => {
  const [errors, setErrors] = useState<SearchErrors>({})
  const [searchNumber, setSearchNumber] = useState(0)
  const [isAsking, setAsking] = useState(false)
  /** The last search was sent as somebody typed. */
  const [isTyped, setTyped] = useState(false)
  /** What the box held when it was searched last, or when the popup opened. */
  const searched = useRef(place.typed?.anything)
  // Open until the next search: if the fields folded as soon as the focus left them, the button being pressed would move.
  const [isUnfolded, unfold] = useState(false)
  const section = useRef<HTMLElement>(null)
  const typedFields = place.typed ?? {}
  const set = (field: keyof TypedQuery) => (value: string) =>
    go({ ...place, typed: { ...typedFields, [field]: value } })

  const submit = async (event: Event) => {
    event.preventDefault()
    const { readQuery } = await import('../after-first-paint.ts')
    const { asked, ...found } = readQuery(typedFields)
    setErrors(found)
    searched.current = typedFields.anything
    if (asked) search(asked)
    else if (found.birthdate !== undefined) unfold(true)
  }

  const search = (asked: PatientQuery) => {
    setSearchNumber(searchNumber + 1)
    setTyped(false)
    unfold(false)
    // Moves the focus out of the six fields, so that they fold and make room for the results.
    if (document.activeElement?.closest('.fields')) section.current?.querySelector('input')?.focus()
    go({ ...place, asked })
  }

  const later = useLater(() => import('../after-first-paint.ts'))
  // One request at a time: while one is under way, what was typed last waits for its answer.
  useEffect(() => {
    if (!later || isAsking || typedFields.anything === searched.current) return
    const timer = setTimeout(() => {
      searched.current = typedFields.anything
      const { asked } = later.readQuery(typedFields)
      if (!asked || !later.namesFew(asked)) return
      setErrors({})
      setTyped(true)
      go({ ...place, asked })
    }, TYPING_PAUSE)
    return () => clearTimeout(timer)
  }, [later, isAsking, place.typed])

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
  return (
    <section id="search" tabIndex={-1} class="stack" ref={section}>
      {connection.can.searchPatients ? (
        <>
          <form
            class={isUnfolded ? 'search' : 'search folded'}
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
              isFolded={!isUnfolded}
              birthdateError={errors.birthdate}
              onValue={set}
              onFocus={() => unfold(true)}
              onClear={place.asked && startAgain}
            />
            <Button type="submit" look="primary">
              {t('search_patients')}
            </Button>
          </form>
          {results && (
            <PatientResults
              key={searchNumber}
              connection={connection}
              query={results}
              isNewSearch={searchNumber > 0 && !isTyped}
              onOpen={(patient) => go({ ...place, patient })}
              onSearch={search}
              onAsking={setAsking}
            />
          )}
          {!place.asked && Object.keys(errors).length === 0 && (
            <>
              {connection.recentPatients && (
                <div>
                  <p class="quiet small">{t('recent_patients')}</p>
                  <FoundPatients
                    label={t('recent_patients')}
                    patients={connection.recentPatients}
                    onOpen={(patient) => go({ ...place, patient })}
                  />
                </div>
              )}
              {typedFields.anything && <p class="quiet small">{t('search_enter')}</p>}
            </>
          )}
        </>
      ) : (
        connection.person.role !== 'administrator' && (
          <Notice kind="refused">{t('search_not_allowed', connection.providerName)}</Notice>
        )
      )}
    </section>
  )
}
