import type { VNode } from 'preact'
import type { ListedPatient, Visits } from '../../grants/patients.ts'
import { applicationName, html, layout, type PersonFrame, signedInFrame } from '../frame/layout.ts'
import {
  dateText,
  type PatientSearch,
  patientFields,
  patientLine,
  patientResults,
  visitsCut,
} from './search-form.ts'

interface Step extends PersonFrame {
  application: string
  formToken: string
}

/** Between sign-in and consent: which patient is it about? */
export const patientPicker = (
  page: Step & {
    search: PatientSearch
    /** Whether the sign-in can continue without a patient. */
    optional: boolean
  },
): VNode => {
  const { locale } = page
  const words = locale.words.patients
  return layout({
    ...signedInFrame(page),
    title: words.pickTitle,
    content: html`
      <h1>${words.which}</h1>
      <p class="quiet">${words.pickAbout(applicationName(page.application))}</p>
      <form method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        ${patientFields(locale, page.search.typed)}
        <p class="actions"><button name="decision" value="search">${words.search}</button></p>
      </form>
      ${patientResults(locale, page.search, (patient) =>
        choice(page, 'patient', patient.id, patient.name, patientLine(locale, patient)),
      )}
      <form method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        <p class="actions">
          <button name="decision" value="deny" class="second">${words.cancel}</button>
          ${page.optional && html`<button name="decision" value="skip" class="second">${words.without}</button>`}
        </p>
      </form>
    `,
  })
}

/** Asks for a visit of that patient, if the application requested one. */
export const visitPicker = (page: Step & { patient: Pick<ListedPatient, 'name'>; visits: Visits }): VNode => {
  const { locale } = page
  const words = locale.words.patients
  return layout({
    ...signedInFrame(page),
    title: words.visitTitle,
    content: html`
      <h1>${words.whichVisit(page.patient.name)}</h1>
      <p class="quiet">${words.visitAbout(applicationName(page.application))}</p>
      ${visitsCut(locale, page.visits)}
      <ul class="rows">
        ${page.visits.newest.map(
          (visit) =>
            html`<li>
              ${choice(
                page,
                'encounter',
                visit.id,
                visit.label,
                visit.start ? dateText(locale, visit.start) : words.noDate,
              )}
            </li>`,
        )}
      </ul>
      <form method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        <p class="actions">
          <button name="decision" value="deny" class="second">${words.cancel}</button>
          <button name="decision" value="skip">${words.withoutVisit}</button>
        </p>
      </form>
    `,
  })
}

const choice = (page: Step, name: string, id: string, label: string, line: string): VNode => html`
  <form method="post">
    <input type="hidden" name="form_token" value=${page.formToken} />
    <input type="hidden" name="decision" value="pick" />
    <button name=${name} value=${id} class="row"><span>${label}</span> <span class="quiet hint">${line}</span></button>
  </form>
`
