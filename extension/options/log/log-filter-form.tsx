import { useState } from 'preact/hooks'
import type { LogFilter } from '../../messages/administration.ts'
import type { AccessEntry } from '../../messages/log-entries.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Field, Select } from '../../ui/controls/field.tsx'
import { useFieldErrors } from '../../ui/state/use-field-errors.ts'
import { t } from '../../ui/words/words.ts'
import { kindWords } from '../../who-read/access-words.ts'

interface Props {
  busy: boolean
  /** Receives an empty filter for all entries. */
  onFilter: (filter: LogFilter) => void
}

const EMPTY = { patient: '', agent: '', kind: '', outcome: '', from: '', to: '' }
const OUTCOMES: AccessEntry['outcome'][] = ['success', 'refused', 'failed']

/** Requests a part of the log. The organization filters, not this page. */
export const LogFilterForm = ({ busy, onFilter }: Props) => {
  const [fields, setFields] = useState(EMPTY)
  const [errors, setErrors] = useFieldErrors(fields)
  const field = (name: keyof typeof EMPTY) => ({
    value: fields[name],
    onValue: (value: string) => setFields({ ...fields, [name]: value }),
  })
  const submit = (event: Event) => {
    event.preventDefault()
    const newErrors = errorsOf(fields)
    setErrors(newErrors)
    if (Object.keys(newErrors).length > 0) return
    const values = Object.entries(fields).map(([name, value]) => [name, value.trim()])
    onFilter(Object.fromEntries(values.filter(([, value]) => value !== '')) as LogFilter)
  }
  const clear = () => {
    setFields(EMPTY)
    onFilter({})
  }
  return (
    <form class="filters" aria-label={t('filter_title')} onSubmit={submit} noValidate>
      <Field label={t('filter_patient')} placeholder={t('filter_patient_example')} {...field('patient')} />
      <Field label={t('filter_agent')} placeholder={t('filter_person_example')} {...field('agent')} />
      <Select
        label={t('filter_kind')}
        choices={[
          { value: '', label: t('filter_any') },
          ...Object.entries(kindWords).map(([value, word]) => ({ value, label: t(word) })),
        ]}
        {...field('kind')}
      />
      <Select
        label={t('outcome')}
        choices={[
          { value: '', label: t('filter_any') },
          ...OUTCOMES.map((value) => ({ value, label: t(`outcome_${value}`) })),
        ]}
        {...field('outcome')}
      />
      <Field label={t('filter_from')} type="date" {...field('from')} />
      <Field label={t('filter_to')} type="date" {...field('to')} error={errors.from && errors.to} />
      <div class="row">
        <Button type="submit" look="primary" busy={busy}>
          {t('filter')}
        </Button>
        <Button onClick={clear}>{t('filter_clear')}</Button>
      </div>
    </form>
  )
}

/** Both days are wrong, so that changing either withdraws the error. */
export const errorsOf = ({ from, to }: Pick<typeof EMPTY, 'from' | 'to'>): { from?: string; to?: string } =>
  from !== '' && to !== '' && from > to ? { from: t('filter_reversed'), to: t('filter_reversed') } : {}
