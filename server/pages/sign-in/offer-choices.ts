import type { VNode } from 'preact'
import { html } from '../frame/layout.ts'
import type { Locale } from '../frame/locale.ts'
import type { Offer, OfferWords } from './offer-words.ts'

/** An offer as a page shows it. */
export interface OfferView extends OfferWords, Pick<Offer, 'name' | 'partOf'> {
  /** The number of entries that it reaches, in words. */
  readonly count?: string
  /** Whether it is ticked at first. */
  readonly chosen: boolean
}

/**
 * A checkbox for each offer. The stylesheet hides the parts of one that is ticked, because they are granted with it.
 *
 * @param whole the name of the offer whose parts to show; without it, those that are no part of another.
 */
export const offerChoices = (locale: Locale, offers: readonly OfferView[], whole?: string): VNode[] =>
  offers
    .filter(({ partOf }) => partOf === whole)
    .map((offer) => {
      const parts = offerChoices(locale, offers, offer.name)
      return html`
        <label>
          <input type="checkbox" name="allow" value=${offer.name} checked=${offer.chosen} />
          <span>${offer.label}</span>
          ${offer.count && html`<span class="quiet count">${offer.count}</span>`}
          <span class="quiet hint">${offer.hint}</span>
        </label>
        ${
          parts.length > 0 &&
          html`<fieldset class="parts">
            <legend class="hint">${locale.words.insteadOfAll}</legend>
            ${parts}
          </fieldset>`
        }
      `
    })
