import type { VNode } from 'preact'
import type { Organization } from '../config.ts'
import { html, layout } from './layout.ts'
import { type Locale, wordFor } from './locale.ts'
import { applicationName } from './own-page.ts'

export interface ConsentPage {
  organization: Organization
  locale: Locale
  person: string
  role: 'patient' | 'clinician' | 'admin'
  application: {
    name: string
    /** The kind of address that gets the answer; the address matches a registered one. */
    where: 'extension' | 'computer' | 'web'
    host: string
    registered?: string
  }
  /** The open patient and visit, unless the patient is the person themselves. */
  about?: string
  /** The page on which the person can end the grant later: `B/account`. */
  account: string
  formToken: string
  offers: readonly { name: string; label: string; hint: string; count?: string; chosen: boolean }[]
  windows: readonly { name: string; ends: string; chosen: boolean }[]
  /** Whether the application asks to go on after the person has left. */
  staysConnected: boolean
  /** The application asks for access that only an administrator may give. */
  asksForAdministrator: boolean
  /** The person pressed `Allow` without choosing anything. */
  nothingChosen: boolean
}

/** `B/consent`: what may this application read, and until when? */
export const consentPage = (page: ConsentPage): VNode => {
  const { locale } = page
  const words = locale.words.consent
  return layout({
    title: words.title,
    locale,
    organization: page.organization,
    aside: html`${locale.words.signedInAs} ${page.person} · <button form="switch" class="link">${words.notYou}</button>`,
    content: html`
      <form id="switch" method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        <input type="hidden" name="decision" value="switch" />
      </form>
      ${page.offers.length === 0 ? nothingToGive(page) : decision(page)}
    `,
  })
}

/** Shown if the account cannot give any of the access that the application asks for. */
const nothingToGive = (page: ConsentPage): VNode => {
  const words = page.locale.words.consent
  return html`
    <form method="post">
      <input type="hidden" name="form_token" value=${page.formToken} />
      <h1>${page.asksForAdministrator ? words.notAdministrator(page.person) : words.nothingToGive(applicationName(page.application.name))}</h1>
      <p>${words.signInOtherwise}</p>
      <p class="actions">
        <button name="decision" value="deny" class="second">${words.cancel}</button>
        <button form="switch">${words.somebodyElse}</button>
      </p>
    </form>
  `
}

const decision = (page: ConsentPage): VNode => {
  const { locale } = page
  const words = locale.words.consent
  const name = applicationName(page.application.name)
  const { where, host, registered } = page.application
  const who = where === 'web' ? words.web(host) : words[where]
  return html`
      <form method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        <div class="scrolls">
        <h1>${name} ${words.wants[page.role]}</h1>
        <p class="quiet">${[who, registered && words.registered(registered)].filter(Boolean).join(', ')}. ${words.limits}</p>
        ${page.about && html`<p><strong>${page.about}</strong></p>`}
        ${page.nothingChosen && html`<p class="notice" role="alert">${words.nothingChosen}</p>`}
        <fieldset class="offers">
          <legend class="hidden">${words.what}</legend>
          ${page.offers.map(
            (offer) => html`
              <label>
                <input type="checkbox" name="allow" value=${offer.name} checked=${offer.chosen} />
                <span>${offer.label}</span>
                ${offer.count && html`<span class="quiet count">${offer.count}</span>`}
                <span class="quiet hint">${offer.hint}</span>
              </label>
            `,
          )}
        </fieldset>
        <fieldset class="windows" role="radiogroup">
          <legend>${words.howLong}</legend>
          ${!page.staysConnected && html`<p class="whole">${words.endsWithVisit}</p>`}
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
                <span>${wordFor(locale.words.windows, window.name) ?? window.name}</span>
              </label>
              <span class="quiet hint" id=${`ends-${window.name}`}>${window.ends}</span>
            `,
          )}
        </fieldset>
        <p class="quiet">${words.sooner(name, page.account)}</p>
        </div>
        <p class="actions in-view">
          <span class="chosen quiet hint">
            ${words.howLong}:${' '}
            ${page.windows.map(({ name }) => html`<span data-window=${name}>${wordFor(locale.words.windows, name) ?? name}</span>`)}
          </span>
          <button name="decision" value="deny" class="second" formnovalidate>${words.deny}</button>
          <button name="decision" value="allow">${words.allow}</button>
        </p>
      </form>
    `
}
