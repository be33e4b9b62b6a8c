import type { VNode } from 'preact'
import type { ListedPatient, PatientFields } from '../fhir/patient-directory.ts'
import { html } from './html.ts'

/** What was searched for, and what was found. */
export interface PatientSearch {
  readonly fields: PatientFields
  /** Absent before the first search; `malformed` when a field cannot be understood. */
  readonly found?: 'malformed' | { readonly total: number; readonly patients: readonly ListedPatient[] }
}

const GENDERS = [
  ['', 'any'],
  ['female', 'female'],
  ['male', 'male'],
  ['other', 'other'],
  ['unknown', 'unknown'],
] as const

/** The six fields, to stand inside a form of the page. */
export const patientFields = (fields: PatientFields): VNode => html`
  <div class="fields">
    ${field('name', 'Full name (exact match)', fields.name, true)} ${field('given', 'Given', fields.given)}
    ${field('family', 'Family', fields.family)}
    <div>
      <label for="gender">Gender</label>
      <select id="gender" name="gender">
        ${GENDERS.map(
          ([value, label]) =>
            html`<option value=${value} selected=${(fields.gender ?? '') === value}>${label}</option>`,
        )}
      </select>
    </div>
    ${field('identifier', 'Identifier', fields.identifier)}
    <div>
      <label for="birthdate">Birthdate</label>
      <input id="birthdate" name="birthdate" type="date" value=${fields.birthdate ?? ''} />
    </div>
  </div>
`

const field = (name: string, label: string, value = '', wide = false): VNode => html`
  <div class=${wide ? 'wide' : undefined}>
    <label for=${name}>${label}</label>
    <input id=${name} name=${name} autocomplete="off" spellcheck=${false} value=${value} />
  </div>
`

/** What was found, in a sentence and as a list; `pick` draws what leads on with a patient. */
export const patientResults = (
  { found }: PatientSearch,
  pick: (patient: ListedPatient) => VNode,
): VNode | false =>
  found !== undefined &&
  html`
    <section aria-label="Patients found">
      <p role="status" class=${found === 'malformed' ? 'notice' : 'quiet'}>${sentence(found)}</p>
      ${
        found !== 'malformed' &&
        found.patients.length > 0 &&
        html`<ul class="rows">
          ${found.patients.map((patient) => html`<li>${pick(patient)}</li>`)}
        </ul>`
      }
    </section>
  `

const sentence = (found: NonNullable<PatientSearch['found']>): string => {
  if (found === 'malformed') return 'A field holds what cannot be searched for. Check them and try again.'
  const { total, patients } = found
  if (total === 0) return 'No patient fits. Leave a field out, or write the name as it is in the record.'
  if (total > patients.length)
    return `${total} patients fit; here are ${patients.length}. Say more to find the right one.`
  return total === 1 ? 'One patient fits.' : `${total} patients fit.`
}

/** What tells a patient from others of the same name. */
export const patientLine = ({ birthDate, gender, identifier }: ListedPatient): string =>
  [birthDate && `born ${dateText(birthDate)}`, gender, identifier && `number ${identifier}`]
    .filter(Boolean)
    .join(' · ')

/** A FHIR date or dateTime, as people say a day. */
export const dateText = (text: string): string =>
  /^\d{4}-\d\d-\d\d/.test(text)
    ? new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' }).format(
        Date.parse(text.slice(0, 10)),
      )
    : text
