import type { VNode } from 'preact'
import { applicationName, html, layout, type OwnPage, signedInFrame } from '../frame/layout.ts'
import { until, wordFor } from '../frame/locale.ts'
import { type OfferView, offerChoices } from '../sign-in/offer-words.ts'
import type { Words } from '../words/en.ts'
import { type ConnectionView, reach, usage } from './account-page.ts'

interface ConnectionPage extends OwnPage {
  connection: ConnectionView
  /** Whether the application has another connection, which this page does not change. */
  isOneOfSeveral: boolean
  /** The parts that can be removed; with fewer than two there is no choice. */
  offers: readonly Omit<OfferView, 'chosen'>[]
  /** What the application knows whatever is unticked, as a sentence. */
  learned?: string | undefined
  /** Windows that end before the current one. */
  windows: readonly { name: string; endsAt: number }[]
  /** When the page is shown, sealed. */
  shownAt: string
  saved?: keyof Words['connection']['saved'] | undefined
  /** The person unticked everything: the form as they sent it. */
  nothingLeft?: { readonly [name: string]: unknown }
}

/** `B/account/connections/…`: remove parts of a grant, end it sooner, or disconnect. */
export const connectionPage = (page: ConnectionPage): VNode => {
  const { locale, now, connection, isOneOfSeveral, offers } = page
  const words = locale.words.connection
  const { back } = locale.words.account
  const application = applicationName(connection.application)
  const chosen = page.windows.find(({ name }) => name === page.nothingLeft?.window)?.name
  const here = `/account/connections/${connection.id}`
  return layout({
    ...signedInFrame(page),
    title: application,
    content: html`
      <p><a href="/account">${back}</a></p>
      <h1>${application}<span class="quiet hint">, ${usage(locale, connection, now)}</span></h1>
      ${page.saved && html`<p class="saved" role="status">${words.saved[page.saved]}</p>`}
      ${page.nothingLeft && html`<p class="notice" role="alert">${words.nothingLeft}</p>`}
      <form method="post" action=${here}>
        <input type="hidden" name="form_token" value=${page.formToken} />
        <input type="hidden" name="shown_at" value=${page.shownAt} />
        <fieldset class="offers">
          <legend>${words.what}</legend>
          ${isOneOfSeveral && html`<p class="quiet hint">${words.isOneOfSeveral}</p>`}
          ${offers.length === 0 && html`<p>${reach(locale, connection)}</p>`}
          ${
            offers.length < 2
              ? offers.map(
                  ({ name, label, hint }) => html`
                    <input type="hidden" name="allow" value=${name} />
                    <p>${label} <span class="quiet hint">${hint}</span></p>
                  `,
                )
              : [
                  html`<p class="quiet hint">${words.whatAbout}</p>`,
                  ...offerChoices(
                    locale,
                    offers.map((offer) => ({
                      ...offer,
                      chosen: !page.nothingLeft && offer.partOf === undefined,
                    })),
                  ),
                ]
          }
          ${page.learned && html`<p class="quiet hint">${page.learned}</p>`}
        </fieldset>
        <fieldset class="windows" role="radiogroup">
          <legend>${words.howLong}</legend>
          ${choice('keep', words.keep, until(locale, connection, now), chosen === undefined)}
          ${page.windows.map(({ name, endsAt }) =>
            choice(
              name,
              wordFor(locale.words.windows, name) ?? name,
              until(locale, { window: name, expiresAt: endsAt }, now),
              name === chosen,
            ),
          )}
        </fieldset>
        ${(offers.length > 1 || page.windows.length > 0) && html`<p class="actions"><button>${words.save}</button></p>`}
      </form>
      <p class="leave">
        <a class="button second" href=${`${here}/disconnect`}>${isOneOfSeveral ? words.endOne : words.disconnect}</a>
        <span class="quiet hint">${isOneOfSeveral ? words.endOneAbout : words.disconnectAbout}</span>
      </p>
    `,
  })
}

const choice = (name: string, label: string, ends: string, isChecked: boolean): VNode => html`
  <label>
    <input type="radio" name="window" value=${name} checked=${isChecked} aria-describedby=${`ends-${name}`} />
    <span>${label}</span>
  </label>
  <span class="quiet hint" id=${`ends-${name}`}>${ends}</span>
`
