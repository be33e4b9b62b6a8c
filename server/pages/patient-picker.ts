import type { VNode } from 'preact'
import type { Organization } from '../config.ts'
import type { ListedPatient, Visit } from '../fhir/patient-directory.ts'
import { html } from './html.ts'
import { layout } from './layout.ts'
import { dateText, type PatientSearch, patientFields, patientLine, patientResults } from './patient-search.ts'

interface Step {
  organization: Organization
  person: string
  application: string
  formToken: string
}

/** Between sign-in and consent: which patient is it about? */
export const patientPicker = (
  page: Step & {
    search: PatientSearch
    /** Whether it can go on without one. */
    optional: boolean
  },
): VNode =>
  layout({
    title: 'Choose a patient',
    organization: page.organization,
    aside: `signed in as ${page.person}`,
    content: html`
      <h1>Which patient?</h1>
      <p class="quiet">${page.application} will be opened for this patient. Nothing is shared yet.</p>
      <form method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        ${patientFields(page.search.fields)}
        <p class="actions"><button name="decision" value="search">Search patients</button></p>
      </form>
      ${patientResults(page.search, (patient) => choice(page, 'patient', patient.id, patient.name, patientLine(patient)))}
      <form method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        <p class="actions">
          <button name="decision" value="deny" class="second">Cancel</button>
          ${page.optional && html`<button name="decision" value="skip" class="second">Go on without a patient</button>`}
        </p>
      </form>
    `,
  })

/** Which visit of that patient, where the application asked for one. */
export const visitPicker = (page: Step & { patient: ListedPatient; visits: readonly Visit[] }): VNode =>
  layout({
    title: 'Choose a visit',
    organization: page.organization,
    aside: `signed in as ${page.person}`,
    content: html`
      <h1>Which visit of ${page.patient.name}?</h1>
      <p class="quiet">${page.application} asks for one. Nothing is shared yet.</p>
      <ul class="rows">
        ${page.visits.map(
          (visit) =>
            html`<li>
              ${choice(page, 'encounter', visit.id, visit.what, visit.start ? dateText(visit.start) : 'no date')}
            </li>`,
        )}
      </ul>
      <form method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        <p class="actions">
          <button name="decision" value="deny" class="second">Cancel</button>
          <button name="decision" value="skip">Go on without a visit</button>
        </p>
      </form>
    `,
  })

const choice = (page: Step, name: string, id: string, label: string, line: string): VNode => html`
  <form method="post">
    <input type="hidden" name="form_token" value=${page.formToken} />
    <input type="hidden" name="decision" value="pick" />
    <button name=${name} value=${id} class="row"><span>${label}</span> <span class="quiet hint">${line}</span></button>
  </form>
`
