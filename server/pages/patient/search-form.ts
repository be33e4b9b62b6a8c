import type { VNode } from 'preact'
import { readSearchWords } from '../../../values/search-words.ts'
import type { ListedPatient, PatientFields, Visits } from '../../grants/patients.ts'
import { html } from '../frame/layout.ts'
import { dateTimeFormat, type Locale, listFormat, number } from '../frame/locale.ts'

/** A patient search and its result. */
export interface PatientSearch {
  /** What the form holds. */
  readonly typed: Readonly<Partial<Record<'anything' | keyof Omit<PatientFields, 'anything'>, string>>>
  /** What was searched for; absent before the first search, or if that cannot be understood. */
  readonly fields?: PatientFields
  /** Absent before the first search; `malformed` when a field cannot be understood. */
  readonly matches?: 'malformed' | { readonly hasMore: boolean; readonly patients: readonly ListedPatient[] }
}

/** Renders the one box and the six search fields inside a form of the page. */
export const patientFields = ({ words }: Locale, fields: PatientSearch['typed']): VNode => {
  const labels = words.patients.fields
  const field = (name: 'name' | 'given' | 'family' | 'identifier', hint?: string) => html`
    <div class=${name === 'name' ? 'wide' : undefined}>
      <label for=${name}>${labels[name]}</label>
      <input
        id=${name}
        name=${name}
        autocomplete="off"
        spellcheck=${false}
        value=${fields[name] ?? ''}
        aria-describedby=${hint && `${name}-hint`}
      />
      ${hint && html`<p class="quiet hint" id=${`${name}-hint`}>${hint}</p>`}
    </div>
  `
  return html`
    <label for="anything">${labels.anything}</label>
    <input
      id="anything"
      name="anything"
      autocomplete="off"
      spellcheck=${false}
      autofocus
      placeholder=${words.patients.example}
      value=${fields.anything ?? ''}
    />
    <div class="fields">
      ${field('name', words.patients.exactHint)} ${field('given')} ${field('family')}
      <div>
        <label for="gender">${labels.gender}</label>
        <select id="gender" name="gender">
          ${Object.entries(words.patients.genders).map(
            ([value, label]) =>
              html`<option value=${value} selected=${(fields.gender ?? '') === value}>${label}</option>`,
          )}
        </select>
      </div>
      ${field('identifier')}
      <div>
        <label for="birthdate">${labels.birthdate}</label>
        <input id="birthdate" name="birthdate" type="date" value=${fields.birthdate ?? ''} />
      </div>
    </div>
  `
}

/** Renders the result as a sentence and a list; `pick` renders the link or button of a patient. */
export const patientResults = (
  locale: Locale,
  { fields = {}, matches }: PatientSearch,
  pick: (patient: ListedPatient) => VNode,
): VNode | false =>
  matches !== undefined &&
  html`
    <section aria-label=${locale.words.patients.found}>
      <p role="status" class=${matches === 'malformed' ? 'notice' : 'quiet'}>${sentence(locale, fields, matches)}</p>
      ${
        matches !== 'malformed' &&
        matches.patients.length > 0 &&
        html`<ul class="rows">
          ${matches.patients.map((patient) => html`<li>${pick(patient)}</li>`)}
        </ul>`
      }
    </section>
  `

const sentence = (
  locale: Locale,
  fields: PatientFields,
  matches: NonNullable<PatientSearch['matches']>,
): string => {
  const words = locale.words.patients
  if (matches === 'malformed') return words.malformed
  const { hasMore, patients } = matches
  if (Object.keys(fields).length === 0) return words.nothingTyped
  if (patients.length === 0)
    return `${words.nobody(lookedFor(locale, fields))} ${fields.anything ? words.boxHint : words.fieldsHint}`
  const fit = number(locale, patients.length)
  const found = hasMore ? words.more(fit) : words.fit(fit, patients.length === 1)
  // People write dates in several ways, so the page says which one was understood.
  const birthdate = fields.anything?.birthdate
  return birthdate === undefined ? found : `${found} ${words.understood(dateText(locale, birthdate))}`
}

/** Says what a search looked for: `with the name “jane” and born in 1980`. */
const lookedFor = (locale: Locale, { anything = {}, ...fields }: PatientFields): string => {
  const { looked, genders } = locale.words.patients
  const genderWords: Readonly<Record<string, string>> = genders
  const { names = [], numbers: [printed] = [] } = anything
  const born = (date: string) =>
    (/^\d{4}-\d\d-\d\d$/.test(date) ? looked.bornOn : looked.bornIn)(dateText(locale, date))
  const parts = [
    fields.name && looked.name(fields.name),
    names.length > 0 && looked.names(names.join(' ')),
    fields.given && looked.given(fields.given),
    fields.family && looked.family(fields.family),
    fields.gender && looked.gender(genderWords[fields.gender] ?? fields.gender),
    ...[...new Set([anything.birthdate, fields.birthdate])].map((date) => date && born(date)),
    ...[printed, fields.identifier].map((each) => each && looked.number(each)),
  ]
  return listFormat(locale.format).format(parts.filter((part) => typeof part === 'string'))
}

/** Renders a notice if not every visit is listed. */
export const visitsCut = (locale: Locale, { total, newest }: Visits): VNode | false =>
  total > newest.length &&
  html`<p class="quiet">
    ${locale.words.patients.visitsCut(number(locale, newest.length), number(locale, total))}
  </p>`

/** Returns the details that distinguish patients of the same name. */
export const patientLine = (locale: Locale, patient: ListedPatient): string => {
  const { birthDate, gender, identifier } = patient
  const words = locale.words.patients
  const genders: Readonly<Record<string, string>> = words.genders
  return [
    birthDate && words.born(dateText(locale, birthDate)),
    deathText(locale, patient),
    gender && (genders[gender] ?? gender),
    identifier && words.number(identifier),
  ]
    .filter(Boolean)
    .join(' · ')
}

/** Returns `died 2 Mar 1979, aged 72`, as far as the record says it. */
const deathText = (locale: Locale, { birthDate = '', deceased }: ListedPatient): string | undefined => {
  const words = locale.words.patients
  if (deceased === undefined || deceased === true) return deceased && words.deceased
  const day = /^\d{4}-\d\d-\d\d/
  const died = words.died(dateText(locale, deceased))
  if (!day.test(birthDate) || !day.test(deceased)) return died
  const years =
    Number(deceased.slice(0, 4)) -
    Number(birthDate.slice(0, 4)) -
    (deceased.slice(5, 10) < birthDate.slice(5, 10) ? 1 : 0)
  return years < 0 ? died : `${died}, ${words.aged(number(locale, years))}`
}

/**
 * Formats the day of a FHIR date or dateTime. A bare year or month stays as written, and so does a day that does not exist
 * (`1950-00-00`).
 */
export const dateText = ({ format }: Locale, text: string): string => {
  const day = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text.slice(0, 10)) : Number.NaN
  if (Number.isNaN(day)) return text
  return dateTimeFormat(format, { dateStyle: 'medium', timeZone: 'UTC' }).format(day)
}

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
