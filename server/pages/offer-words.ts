import type { Offer } from '../oauth/offers.ts'
import { type Locale, wordFor } from './locale.ts'

export interface OfferWords {
  readonly label: string
  readonly hint: string
}

/** What a checkbox gives, in the language of the page. */
export const offerWords = ({ words }: Locale, offer: Offer, role: string): OfferWords => {
  const { label, hint, name } = offer
  return wordFor(words.offers, role === 'admin' && name === 'log' ? 'every-access' : name) ?? { label, hint }
}
