import { useLayoutEffect, useRef } from 'preact/hooks'
import type { SixFields, TypedQuery } from '../../messages/patients.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Field, Select } from '../../ui/controls/field.tsx'
import { genderWords, t } from '../../ui/words/words.ts'

interface Props {
  typed: TypedQuery
  /** The fields are one line until somebody goes into them. */
  isFolded: boolean
  birthdateError: string | undefined
  onValue: (field: keyof SixFields) => (value: string) => void
  onFocus: () => void
  /** Absent before a search. */
  onClear: (() => void) | undefined
}

/** The six fields. Folded, they are clipped and not hidden, so that the Tab key and screen readers still come to them. */
export const SearchFields = ({ typed, isFolded, birthdateError, onValue, onFocus, onClear }: Props) => {
  const fields = useRef<HTMLDivElement>(null)
  // The browser scrolled to the field while it was still folded.
  useLayoutEffect(() => {
    const focused = document.activeElement
    if (!isFolded && fields.current?.contains(focused)) focused?.scrollIntoView({ block: 'nearest' })
  }, [isFolded])
  return (
    <>
      {/* Stays above the open fields, so that the Tab key, which opens them, finds the page as it was. */}
      <div class="fold">
        <Button look="plain" onClick={() => fields.current?.querySelector('input')?.focus()}>
          {lineOf(typed) || t('search_more_fields')}
        </Button>
        {onClear && (
          <Button look="plain" onClick={onClear}>
            {t('search_again')}
          </Button>
        )}
      </div>
      <div class="fields" ref={fields} onFocusIn={onFocus}>
        <div class="whole">
          <Field
            label={t('full_name')}
            value={typed.fullName ?? ''}
            onValue={onValue('fullName')}
            hint={t('full_name_hint')}
          />
        </div>
        <Field label={t('given')} value={typed.given ?? ''} onValue={onValue('given')} />
        <Field label={t('family')} value={typed.family ?? ''} onValue={onValue('family')} />
        <Select
          label={t('gender')}
          value={typed.gender ?? ''}
          choices={GENDERS.map((value) => ({ value, label: t(`gender_${value || 'any'}`) }))}
          onValue={onValue('gender')}
        />
        <Field
          label={t('birthdate')}
          value={typed.birthdate ?? ''}
          onValue={onValue('birthdate')}
          placeholder={t('birthdate_example')}
          error={birthdateError}
        />
        <div class="whole">
          <Field
            label={t('identifier')}
            value={typed.identifier ?? ''}
            onValue={onValue('identifier')}
            placeholder={t('identifier_example')}
          />
        </div>
      </div>
    </>
  )
}

const GENDERS = ['', 'female', 'male', 'other', 'unknown'] as const

/** Returns what is typed in the six fields, in one line. */
const lineOf = ({ fullName, given, family, gender, birthdate, identifier }: TypedQuery): string =>
  [fullName, given, family, gender && genderWords(gender), birthdate, identifier]
    .map((value) => value?.trim())
    .filter(Boolean)
    .join(' · ')
