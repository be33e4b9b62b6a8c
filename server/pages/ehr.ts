import type { VNode } from 'preact'
import type { Organization } from '../config.ts'
import type { ListedPatient, Visit } from '../fhir/patient-directory.ts'
import { html } from './html.ts'
import { layout } from './layout.ts'
import { dateText, type PatientSearch, patientFields, patientLine, patientResults } from './patient-search.ts'

interface Frame {
  organization: Organization
  person: string
}

/** `B/ehr`: a clinician looks for a patient. */
export const ehrSearchPage = (page: Frame & { formToken: string; search: PatientSearch }): VNode =>
  layout({
    title: 'Patients',
    organization: page.organization,
    aside: `signed in as ${page.person}`,
    content: html`
      <h1>Find a patient</h1>
      <form method="post" action="/ehr">
        <input type="hidden" name="form_token" value=${page.formToken} />
        ${patientFields(page.search.fields)}
        <p class="actions"><button>Search patients</button></p>
      </form>
      ${patientResults(
        page.search,
        (patient) =>
          html`<a class="row" href=${`/ehr/patient/${patient.id}`}>
            <span>${patient.name}</span> <span class="quiet hint">${patientLine(patient)}</span>
          </a>`,
      )}
    `,
  })

/** `B/ehr/patient/…`: the patient is open; a visit may be; applications are launched from here. */
export const ehrPatientPage = (
  page: Frame & {
    patient: ListedPatient
    visits: readonly Visit[]
    /** The open visit. */
    visit?: Visit | undefined
    applications: readonly { clientId: string; name: string; host: string }[]
  },
): VNode => {
  const { patient, visit } = page
  const here = `/ehr/patient/${patient.id}`
  const launch = (clientId: string) =>
    `/ehr/launch?${new URLSearchParams({ client_id: clientId, patient: patient.id, ...(visit && { encounter: visit.id }) })}`
  return layout({
    title: patient.name,
    organization: page.organization,
    aside: `signed in as ${page.person}`,
    content: html`
      <p><a href="/ehr">Another patient</a></p>
      <h1>${patient.name}</h1>
      <p class="quiet">${patientLine(patient)}</p>
      <section aria-labelledby="applications">
        <h2 id="applications">Open an application</h2>
        <p class="quiet">
          ${visit ? `For this patient and the visit “${visit.what}”${when(visit)}.` : 'For this patient, and no visit.'}
        </p>
        ${
          page.applications.length === 0
            ? html`<p>No registered application can be opened from here. An administrator adds them with a launch address.</p>`
            : html`<ul class="rows">
                ${page.applications.map(
                  ({ clientId, name, host }) =>
                    html`<li>
                      <a class="row" href=${launch(clientId)}><span>${name}</span> <span class="quiet hint">${host}</span></a>
                    </li>`,
                )}
              </ul>`
        }
      </section>
      <section aria-labelledby="visits">
        <h2 id="visits">Visit</h2>
        <ul class="rows">
          <li>${visitLink(here, 'None', '', visit === undefined)}</li>
          ${page.visits.map(
            (each) =>
              html`<li>
                ${visitLink(
                  `${here}?encounter=${each.id}`,
                  each.what,
                  each.start ? dateText(each.start) : 'no date',
                  each.id === visit?.id,
                )}
              </li>`,
          )}
        </ul>
      </section>
    `,
  })
}

const when = ({ start }: Visit): string => (start ? ` of ${dateText(start)}` : '')

const visitLink = (href: string, label: string, line: string, open: boolean): VNode => html`
  <a class="row" href=${href} aria-current=${open ? 'true' : undefined}>
    <span>${label}</span> <span class="quiet hint">${line}</span>
  </a>
`
