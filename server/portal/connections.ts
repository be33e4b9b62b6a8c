import type { Account } from '../grants/authorization.ts'
import { WINDOWS } from '../grants/windows.ts'
import { addressOf, type Shown } from '../oauth/consent/consent.ts'
import type { ConnectedGrant } from '../oauth/terms/grants.ts'
import {
  grantedScope,
  learnedAnyway,
  type OfferContext,
  offersFor,
  withAllGiven,
} from '../oauth/terms/offers.ts'
import type { ConnectionView } from '../pages/account/account-page.ts'
import { applicationName } from '../pages/frame/layout.ts'
import { day, type Locale } from '../pages/frame/locale.ts'
import { learnedWords, type Offer, type OfferWords, offerWords } from '../pages/sign-in/offer-words.ts'
import { turnOfOthers } from '../turns.ts'

/** Returns the context in which a scope was granted, so that its offers are the same as on the consent page. */
const contextOf = ({ scope, patient, encounter }: ConnectedGrant): OfferContext => ({
  ...(patient !== undefined && { patient }),
  ...(encounter !== undefined && { encounter }),
  isEhrLaunch: scope.split(' ').includes('launch'),
})

/** Returns the checkboxes of the consent page that a grant contains, as far as the organization still allows the application that. */
export const offersOf = (
  grant: ConnectedGrant,
  account: Account,
  locale: Locale,
): (Pick<Offer, 'name' | 'partOf'> & OfferWords)[] =>
  offersFor(grant.allowed, account, contextOf(grant)).map((offer) => ({
    name: offer.name,
    ...(offer.partOf !== undefined && { partOf: offer.partOf }),
    ...offerWords(locale, offer),
  }))

/** Returns what the page of a connection is made of. */
export const shownOf = (grant: ConnectedGrant, { role }: Account): Shown => ({
  id: grant.id,
  application: grant.application,
  reach: JSON.stringify([role, grant.scope, grant.allowed]),
  longest: grant.expiresAt,
})

/** Says what the application knows whatever is unticked; `undefined` if that is nothing. */
export const learnedOf = (grant: ConnectedGrant, account: Account, locale: Locale): string | undefined =>
  // Its answers name the patient also if the organization no longer allows it to read the record.
  learnedWords(locale, learnedAnyway(grant.allowed && grant.scope, account, contextOf(grant)))

/** Returns the scope that remains when only these offers are kept; `undefined` if none is kept. */
export const narrowedScope = (
  grant: ConnectedGrant,
  account: Account,
  keptOffers: ReadonlySet<string>,
): string | undefined => {
  const context = contextOf(grant)
  const offers = offersFor(grant.allowed, account, context)
  const kept = withAllGiven(grant.allowed, account, keptOffers, context)
  if (offers.every(({ name }) => kept.has(name))) return grant.scope
  if (!offers.some(({ name }) => kept.has(name))) return undefined
  return grantedScope(
    grant.allowed,
    account,
    kept,
    grant.allowed.split(' ').includes('offline_access'),
    context,
  )
}

/** Returns the windows that would end before the grant if chosen now. */
export const shorterWindows = ({ expiresAt }: ConnectedGrant, now: number) =>
  WINDOWS.flatMap(({ name, seconds }) => {
    const endsAt = now + seconds * 1000
    // No "This visit", because consent decided whether the grant may refresh.
    return name !== 'visit' && endsAt < expiresAt ? [{ name, endsAt }] : []
  })

export const connectionView = (grant: ConnectedGrant, account: Account, locale: Locale): ConnectionView => ({
  id: grant.id,
  application: grant.application,
  labels: offersOf(grant, account, locale).flatMap(({ label, partOf }) =>
    partOf === undefined ? label : [],
  ),
  window: grant.window,
  ...(grant.allowedIn && { allowedIn: grant.allowedIn }),
  createdAt: grant.createdAt,
  expiresAt: grant.expiresAt,
  ...(grant.lastUsedAt !== undefined && { lastUsedAt: grant.lastUsedAt }),
})

/** Connections that are described in one turn of the event loop. Comparing the scopes of one takes 3 ms at most. */
const IN_ONE_TURN = 5

/** Returns the connections of a person; applications of the same name with what tells them apart. Others are answered in between. */
export const connectionViews = async (
  grants: readonly ConnectedGrant[],
  account: Account,
  locale: Locale,
): Promise<ConnectionView[]> => {
  const namesakes = new Set<string>()
  for (const [name, [first, ...others]] of Map.groupBy(grants, shownName))
    if (others.some(({ clientId }) => clientId !== first?.clientId)) namesakes.add(name)
  const views: ConnectionView[] = []
  for (const [at, grant] of grants.entries()) {
    if (at > 0 && at % IN_ONE_TURN === 0) await turnOfOthers()
    views.push({
      ...connectionView(grant, account, locale),
      ...(namesakes.has(shownName(grant)) && { identity: identityOf(grant, locale) }),
    })
  }
  return views
}

/**
 * Returns a person's other grants to applications of this name. Pages name an application by its name alone, so what they say that it
 * can no longer read must be what none of these allows.
 */
export const othersOf = (
  grants: readonly ConnectedGrant[],
  { id, application }: Pick<ConnectedGrant, 'id' | 'application'>,
): ConnectedGrant[] =>
  grants.filter((other) => other.id !== id && shownName(other) === shownName({ application }))

/** The name as people read it, who hardly notice a capital letter. */
const shownName = ({ application }: Pick<ConnectedGrant, 'application'>): string =>
  applicationName(application).toLowerCase()

/** Says what the consent page said of the application, and its Client ID, because all the rest may be equal. */
const identityOf = ({ clientId, redirect, registeredAt }: ConnectedGrant, locale: Locale): string => {
  const { consent } = locale.words
  const { where, host } = addressOf(redirect ?? '')
  const facts = [
    redirect !== undefined && (where === 'web' ? consent.web(host) : consent[where]),
    registeredAt !== undefined && consent.registered(day(locale, registeredAt)),
  ]
  return `${facts.filter(Boolean).join(', ')} (${clientId})`.trim()
}
