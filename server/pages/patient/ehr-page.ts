import type { VNode } from 'preact'
import type { ListedPatient, Visit, Visits } from '../../grants/patients.ts'
import { applicationName, html, layout, type PersonFrame } from '../frame/layout.ts'
import { type Locale, number } from '../frame/locale.ts'
import {
  dateText,
  type PatientSearch,
  patientFields,
  patientLine,
  patientResults,
  visitsCut,
} from './search-form.ts'

/** `B/ehr`: a clinician looks for a patient. */
export const ehrSearchPage = (page: PersonFrame & { formToken: string; search: PatientSearch }): VNode => {
  const { locale } = page
  const words = locale.words.patients
  return layout({
    ...frame(page),
    title: words.find,
    content: html`
      <h1>${words.find}</h1>
      <form method="post" action="/ehr">
        <input type="hidden" name="form_token" value=${page.formToken} />
        ${patientFields(locale, page.search.typed)}
        <p class="actions"><button>${words.search}</button></p>
      </form>
      ${patientResults(
        locale,
        page.search,
        (patient) =>
          html`<a class="row" href=${`/ehr/patient/${patient.id}`}>
            <span>${patient.name}</span> <span class="quiet hint">${patientLine(locale, patient)}</span>
          </a>`,
      )}
    `,
  })
}

/** `B/ehr/patient/…`: shows the open patient and perhaps a visit; applications are launched from here. */
export const ehrPatientPage = (
  page: PersonFrame & {
    formToken: string
    patient: ListedPatient
    visits: Visits
    /** The open visit. */
    visit?: Visit | undefined
    applications: readonly { clientId: string; name: string; host: string | undefined }[]
    /** How many more there are. A part of their names finds them. */
    more: number
    /** The text that was looked for; absent where one application was named. */
    looked?: string
  },
): VNode => {
  const { patient, visit, locale } = page
  const words = locale.words.patients
  const dayOf = ({ start }: Visit) => (start ? dateText(locale, start) : undefined)
  const here = `/ehr/patient/${patient.id}`
  const launch = (clientId: string) => ({
    form_token: page.formToken,
    client_id: clientId,
    patient: patient.id,
    ...(visit && { encounter: visit.id }),
  })
  return layout({
    ...frame(page),
    title: patient.name,
    content: html`
      <p><a href="/ehr">${words.another}</a></p>
      <h1>${patient.name}</h1>
      <p class="quiet">${patientLine(locale, patient)}</p>
      <section aria-labelledby="applications">
        <h2 id="applications">${words.open}</h2>
        <p class="quiet">
          ${visit ? words.forVisit(visit.label, dayOf(visit)) : words.forNoVisit}
        </p>
        ${(page.more > 0 || page.looked) && findApplication(page, here)}
        ${
          page.applications.length === 0
            ? html`<p>${page.looked ? words.noApplicationNamed : words.noApplication}</p>`
            : html`<ul class="rows">
                ${page.applications.map(
                  ({ clientId, name, host }) =>
                    html`<li>
                      <form method="post" action="/ehr/launch">
                        ${Object.entries(launch(clientId)).map(
                          ([field, value]) => html`<input type="hidden" name=${field} value=${value} />`,
                        )}
                        <button class="row"><span>${applicationName(name)}</span>
                          <span class="quiet hint">${host ?? words.extension}</span></button>
                      </form>
                    </li>`,
                )}
              </ul>`
        }
      </section>
      <section aria-labelledby="visits">
        <h2 id="visits">${words.visit}</h2>
        ${visitsCut(locale, page.visits)}
        <ul class="rows">
          <li>${visitLink(here, words.none, '', visit === undefined)}</li>
          ${page.visits.newest.map(
            (each) =>
              html`<li>
                ${visitLink(
                  `${here}?encounter=${each.id}`,
                  each.label,
                  dayOf(each) ?? words.noDate,
                  each.id === visit?.id,
                )}
              </li>`,
          )}
        </ul>
      </section>
    `,
  })
}

/** A field that finds applications by name, because the list shows only some of them. */
const findApplication = (
  {
    locale,
    more,
    looked = '',
    visit,
  }: { locale: Locale; more: number; looked?: string; visit?: Visit | undefined },
  here: string,
): VNode => {
  const words = locale.words.patients
  return html`
    <form action=${here}>
      ${visit && html`<input type="hidden" name="encounter" value=${visit.id} />`}
      <label for="application">${words.findApplication}</label>
      <div class="actions">
        <input id="application" name="application" value=${looked} autocomplete="off" spellcheck=${false} />
        <button class="second">${words.findIt}</button>
      </div>
      ${more > 0 && html`<p class="quiet hint">${words.moreApplications(number(locale, more))}</p>`}
    </form>
  `
}

/** Shown to everybody else at `B/ehr`. Its form signs them out, so that a clinician can sign in at the same computer. */
export const forCliniciansPage = (page: PersonFrame & { formToken: string }): VNode => {
  const { organization, locale, person, formToken } = page
  const words = locale.words.patients.clinicians
  return layout({
    organization,
    locale,
    title: words.title,
    withoutScript: true,
    content: html`
      <h1>${words.title}</h1>
      <p>${words.signedInAs(person)} ${words.about}</p>
      <form method="post" action="/account">
        <input type="hidden" name="form_token" value=${formToken} />
        <input type="hidden" name="next" value="/ehr" />
        <p class="actions"><button name="do" value="sign-out">${locale.words.consent.somebodyElse}</button></p>
      </form>
      <p><a href="/account">${locale.words.account.back}</a></p>
    `,
  })
}

/** Links every page to the account, where people sign out, because computers of a clinic are shared. */
const frame = ({ organization, locale, person }: PersonFrame) => ({
  organization,
  locale,
  aside: html`${locale.words.signedInAs} ${person} · <a href="/account">${locale.words.account.title}</a>`,
})

const visitLink = (href: string, label: string, line: string, open: boolean): VNode => html`
  <a class="row" href=${href} aria-current=${open ? 'true' : undefined}>
    <span>${label}</span> <span class="quiet hint">${line}</span>
  </a>
`
