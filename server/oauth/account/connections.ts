import type { Account } from '../../grants/authorization.ts'
import type { ConnectionShown } from '../../pages/account.ts'
import type { Locale } from '../../pages/locale.ts'
import { type OfferWords, offerWords } from '../../pages/offer-words.ts'
import type { ConnectedGrant } from '../consent/grants.ts'
import { grantedScope, type OfferContext, offersFor } from '../consent/offers.ts'
import { WINDOWS } from '../consent/windows.ts'

/** A granted scope is asked for again in the context it was granted in: what it offers is what it gives. */
const contextOf = ({ scope, patient }: ConnectedGrant): OfferContext => {
  const words = scope.split(' ')
  return {
    ...(patient !== undefined && { patient }),
    // What is open there stays open; only whether there is a visit matters here, not which.
    ...(words.includes('launch/encounter') && { encounter: 'open' }),
    launched: words.includes('launch'),
  }
}

/** What a grant gives, as the checkboxes of its consent, in words. */
export const offersOf = (
  grant: ConnectedGrant,
  account: Account,
  locale: Locale,
): ({ name: string } & OfferWords)[] =>
  offersFor(grant.scope, account, contextOf(grant)).map((offer) => ({
    name: offer.name,
    ...offerWords(locale, offer),
  }))

/** The scope that is left when only these are kept; `undefined` when nothing is. */
export const narrowed = (
  grant: ConnectedGrant,
  account: Account,
  kept: ReadonlySet<string>,
): string | undefined => {
  const context = contextOf(grant)
  if (!offersFor(grant.scope, account, context).some(({ name }) => kept.has(name))) return undefined
  return grantedScope(grant.scope, account, kept, grant.scope.split(' ').includes('offline_access'), context)
}

/** The windows that, chosen now, end sooner than the grant does. */
export const shorterWindows = ({ expiresAt }: ConnectedGrant, now: number) =>
  WINDOWS.flatMap(({ name, seconds }) => {
    const endsAt = now + seconds * 1000
    // Whether it goes on without the person was decided at consent.
    return name !== 'visit' && endsAt < expiresAt ? [{ name, endsAt }] : []
  })

export const connectionShown = (
  grant: ConnectedGrant,
  account: Account,
  locale: Locale,
): ConnectionShown => ({
  id: grant.id,
  application: grant.application,
  labels: offersOf(grant, account, locale).map(({ label }) => label),
  window: grant.window,
  createdAt: grant.createdAt,
  expiresAt: grant.expiresAt,
  ...(grant.lastUsedAt !== undefined && { lastUsedAt: grant.lastUsedAt }),
})
