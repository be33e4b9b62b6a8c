import type { VNode } from 'preact'
import type { Organization } from '../config.ts'
import { html } from './html.ts'
import { layout } from './layout.ts'

export interface ConsentPage {
  organization: Organization
  person: string
  role: 'patient' | 'clinician' | 'admin'
  application: {
    name: string /** `A browser extension`, `At app.example.org`. */
    what: string
    registered?: string
  }
  /** The patient that is open, and the visit, where they are not the person themselves. */
  about?: string
  formToken: string
  offers: readonly { name: string; label: string; hint: string; chosen: boolean }[]
  windows: readonly { name: string; label: string; ends: string; chosen: boolean }[]
  /** Nothing was chosen and `Allow` pressed. */
  nothingChosen: boolean
}

const TITLES = {
  patient: 'wants to read from your record',
  clinician: 'wants to read records for you',
  admin: 'wants to act for you here',
}

/** `B/consent`: what may this application read, and until when? */
export const consentPage = (page: ConsentPage): VNode =>
  layout({
    title: 'Allow access',
    organization: page.organization,
    aside: html`signed in as ${page.person} · <button form="switch" class="link">not you?</button>`,
    content: html`
      <form id="switch" method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        <input type="hidden" name="decision" value="switch" />
      </form>
      <form method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        <h1>${page.application.name} ${TITLES[page.role]}</h1>
        <p class="quiet">
          ${page.application.what}${page.application.registered && `, registered here on ${page.application.registered}`}.
          It can change nothing in a record. It never sees your password.
        </p>
        ${page.about && html`<p><strong>${page.about}</strong></p>`}
        ${page.nothingChosen && html`<p class="notice" role="alert">Choose at least one, or press Deny.</p>`}
        <fieldset class="offers">
          <legend class="hidden">What it may read</legend>
          ${page.offers.map(
            (offer) => html`
              <label>
                <input type="checkbox" name="allow" value=${offer.name} checked=${offer.chosen} />
                <span>${offer.label}</span>
                <span class="quiet hint">${offer.hint}</span>
              </label>
            `,
          )}
        </fieldset>
        <fieldset class="windows" role="radiogroup">
          <legend>How long</legend>
          ${page.windows.map(
            (window) => html`
              <label>
                <input
                  type="radio"
                  name="window"
                  value=${window.name}
                  checked=${window.chosen}
                  aria-describedby=${`ends-${window.name}`}
                />
                <span>${window.label}</span>
              </label>
              <span class="quiet hint" id=${`ends-${window.name}`}>${window.ends}</span>
            `,
          )}
        </fieldset>
        <p class="quiet">You can end it sooner, by signing out in ${page.application.name}.</p>
        <p class="actions">
          <button name="decision" value="deny" class="second" formnovalidate>Deny</button>
          <button name="decision" value="allow">Allow</button>
        </p>
      </form>
    `,
  })
