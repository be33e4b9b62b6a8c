import type { VNode } from 'preact'
import type { Role } from '../../config.ts'
import { applicationName, html, layout, type PersonFrame } from '../frame/layout.ts'
import { type Locale, wordFor } from '../frame/locale.ts'
import { type OfferView, offerChoices } from './offer-words.ts'

export interface ConsentPage extends PersonFrame {
  role: Role
  application: {
    name: string
    /** The kind of address that gets the answer; the address matches a registered one. */
    where: 'extension' | 'computer' | 'web'
    host: string
    registered?: string
  }
  /** Whose record it is, and a clinician's visit. */
  about?: string
  /** The page on which the person can end the grant later: `B/account`. */
  account: string
  formToken: string
  /** When the page is shown, sealed. */
  shownAt: string
  offers: readonly OfferView[]
  /** What the application learns whatever is ticked, as a sentence. */
  learned?: string | undefined
  /** The windows to choose from; only when access ends, if the application does not ask to stay connected. */
  windows: readonly { name: string; label?: string; ends: string; chosen: boolean }[] | { end: string }
  /** The longest window that the organization allows, if that leaves some out. */
  longest?: string
  /** The application asks for access that only an administrator may give. */
  asksForAdministrator: boolean
  /** Why the person pressed `Allow` and nothing was decided: nothing was chosen, or the page was out of date. */
  undecided?: 'nothing_chosen' | 'changed_meanwhile'
}

/** `B/consent`: what may this application read, and until when? */
export const consentPage = (page: ConsentPage): VNode => {
  const { locale } = page
  const words = locale.words.consent
  return layout({
    organization: page.organization,
    locale,
    title: words.title,
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
        <input type="hidden" name="shown_at" value=${page.shownAt} />
        <div class="scrolls">
        <h1>${name} ${words.wants[page.role]}</h1>
        <p class="quiet">${[who, registered && words.registered(registered)].filter(Boolean).join(', ')}. ${words.limits}</p>
        ${page.about && html`<p><strong>${page.about}</strong></p>`}
        ${page.undecided && html`<p class="notice" role="alert">${words.undecided[page.undecided]}</p>`}
        <fieldset class="offers">
          <legend class="hidden">${words.what}</legend>
          ${offerChoices(locale, page.offers)}
        </fieldset>
        ${page.learned && html`<p class="quiet">${page.learned}</p>`}
        ${'end' in page.windows ? endOfVisit(page, page.windows) : choiceOfWindow(page, page.windows)}
        <p class="quiet">${words.sooner(name, page.account)}</p>
        </div>
        <p class="actions in-view">
          ${!('end' in page.windows) && chosenWindow(page, page.windows)}
          <button name="decision" value="deny" class="second" formnovalidate>${words.deny}</button>
          <button name="decision" value="allow">${words.allow}</button>
        </p>
      </form>
    `
}

type Windows = Exclude<ConsentPage['windows'], { end: string }>

const choiceOfWindow = ({ locale, organization, longest }: ConsentPage, windows: Windows): VNode => html`
  <fieldset class="windows" role="radiogroup">
    <legend>${locale.words.consent.howLong}</legend>
    ${windows.map(
      (window) => html`
        <label>
          <input
            type="radio"
            name="window"
            value=${window.name}
            checked=${window.chosen}
            aria-describedby=${`ends-${window.name}`}
          />
          <span>${nameOf(locale, window)}</span>
        </label>
        <span class="quiet hint" id=${`ends-${window.name}`}>${window.ends}</span>
      `,
    )}
    ${longest && html`<p class="whole quiet">${locale.words.consent.longest(organization.name, longest)}</p>`}
  </fieldset>
`

/** The one window, already chosen, and a sentence that says why there is no other. */
const endOfVisit = ({ locale, application }: ConsentPage, { end }: { end: string }): VNode => {
  const { howLong, endsWithVisit } = locale.words.consent
  return html`
    <fieldset class="windows" role="radiogroup">
      <legend>${howLong}</legend>
      <label>
        <input type="radio" name="window" value="visit" checked aria-describedby="ends-visit" />
        <span>${nameOf(locale, { name: 'visit' })}</span>
      </label>
      <p class="whole" id="ends-visit">${endsWithVisit(applicationName(application.name), end)}</p>
    </fieldset>
  `
}

/** Repeats the choice beside the buttons; the stylesheet shows the one that is chosen. */
const chosenWindow = ({ locale }: ConsentPage, windows: Windows): VNode => html`
  <span class="chosen quiet hint">
    ${locale.words.consent.howLong}:${' '}
    ${windows.map((window) => html`<span data-window=${window.name}>${nameOf(locale, window)}</span>`)}
  </span>
`

const nameOf = ({ words }: Locale, { name, label }: { name: string; label?: string }): string =>
  label ?? wordFor(words.windows, name) ?? name
