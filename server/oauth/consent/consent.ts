import type Provider from 'oidc-provider'
import type { Client, Interaction } from 'oidc-provider'
import { isLoopback } from '../../../values/address-range.ts'
import { type Config, fhirBase } from '../../config.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import { IDENTITY_SCOPES } from '../../grants/scopes/registered-scope.ts'
import { rememberUnticked } from '../../grants/unticked.ts'
import {
  ACCESS_TOKEN_SECONDS,
  LONGEST,
  longestWindow,
  type Window,
  windowsUpTo,
} from '../../grants/windows.ts'
import type { AllowedIn } from '../../pages/account/account-page.ts'
import { day, duration, type Locale, moment, number } from '../../pages/frame/locale.ts'
import { dateText } from '../../pages/patient/search-form.ts'
import type { ConsentPage } from '../../pages/sign-in/consent-page.ts'
import { learnedWords, offerWords } from '../../pages/sign-in/offer-words.ts'
import { formToken, isFormToken } from '../../sign-in/visit/own-cookie.ts'
import { parseRegistered } from '../clients/registered-addresses.ts'
import { takeLaunch } from '../launch/launch.ts'
import type { LaunchContext } from '../launch/launch-context.ts'
import { requireUnitOfWork } from '../seam/unit-of-work.ts'
import { requireRoomForGrant } from '../terms/grants.ts'
import {
  grantedScope,
  learnedAnyway,
  namesContext,
  offersFor,
  REGISTER_SCOPE,
  withAllGiven,
} from '../terms/offers.ts'
import type { RecordCount } from './record-counts.ts'

type Form = Record<string, string | string[] | undefined>

const requestedScope = (interaction: Interaction): string => String(interaction.params.scope ?? '')

const allowedOffers = (form: Form): ReadonlySet<string> => new Set([form.allow ?? []].flat())

/**
 * Returns the content of the consent page. At first the shortest window is selected and every offer is ticked, except parts of others
 * and what the person left unticked the last time.
 */
export const consentView = (consent: {
  interaction: Interaction
  account: SignedInAccount
  client: Client
  context: LaunchContext
  /** The number of entries that each offer reaches. */
  counts: ReadonlyMap<string, RecordCount>
  /** The offers that the person left unticked the last time. */
  unticked: Pick<ReadonlySet<string>, 'has'>
  locale: Locale
  /** The longest window that the organization allows this account, in milliseconds. */
  longest: number
  now: number
  undecided?: Undecided
}): Omit<ConsentPage, 'organization' | 'formToken' | 'shownAt' | 'account'> => {
  const { interaction, account, client, context, counts, unticked, locale, longest, now, undecided } = consent
  const issuedAt = client.clientIdIssuedAt
  const windows = windowsUpTo(longest)
  const isLimited = longest < LONGEST * 1000
  const scope = requestedScope(interaction)
  const allowed = undecided && allowedOffers(undecided.form)
  const chosenWindow = undecided && windowOf(interaction, undecided.form, longest)
  return {
    locale,
    person: account.name,
    role: account.role,
    ...aboutRecord(locale, account, context),
    application: {
      name: client.clientName ?? client.clientId,
      ...addressOf(String(interaction.params.redirect_uri)),
      ...(issuedAt && { registered: day(locale, issuedAt * 1000) }),
    },
    learned: learnedWords(locale, learnedAnyway(scope, account, context)),
    offers: offersFor(scope, account, context).map((offer) => ({
      name: offer.name,
      ...(offer.partOf !== undefined && { partOf: offer.partOf }),
      ...offerWords(locale, offer),
      ...countOf(locale, offer.kind, counts.get(offer.name)),
      chosen: allowed ? allowed.has(offer.name) : offer.partOf === undefined && !unticked.has(offer.name),
    })),
    windows: requestsOfflineAccess(interaction)
      ? windows.map((window, index) => ({
          name: window.name,
          ...(window.name === 'longest' && { label: duration(locale, longest) }),
          chosen: chosenWindow ? window.name === chosenWindow.name : index === 0,
          ends: endOf(locale, window, moment(locale, endsAt(interaction, window, longest, now), now)),
        }))
      : { end: moment(locale, endsAt(interaction, windows[0], longest, now), now) },
    ...(isLimited && requestsOfflineAccess(interaction) && { longest: duration(locale, longest) }),
    asksForAdministrator: account.role !== 'admin' && scope.split(' ').includes(REGISTER_SCOPE),
    ...(undecided && { undecided: undecided.reason }),
  }
}

/** Returns the text beside a window's name: when it ends. Without a refresh token a visit does not outlast its use. */
const endOf = ({ words }: Locale, { name }: Window, end: string): string => {
  if (name === 'visit') return words.whileUsed(end)
  return name === 'open' ? words.atTheLatest(end) : words.until(end)
}

const requestsOfflineAccess = (interaction: Interaction): boolean =>
  requestedScope(interaction).split(' ').includes('offline_access')

/**
 * Returns the chosen window, or the shortest if that one is not offered. Without `offline_access` there is no choice, because all
 * would end with the only access token.
 */
const windowOf = (interaction: Interaction, form: Form, longest: number): Window => {
  const windows = windowsUpTo(longest)
  return (
    (requestsOfflineAccess(interaction) && windows.find(({ name }) => name === form.window)) || windows[0]
  )
}

/**
 * Returns when the grant ends: without `offline_access` when its only access token expires. It counts from when the page was shown, which
 * names the end.
 */
const endsAt = (interaction: Interaction, { seconds }: Window, longest: number, shownAt: number): number =>
  shownAt + Math.min(longest, 1000 * (requestsOfflineAccess(interaction) ? seconds : ACCESS_TOKEN_SECONDS))

/** A form with which nothing was decided: the page is shown again, with what was chosen as far as it is still offered. */
export interface Undecided {
  readonly form: Form
  readonly reason: NonNullable<ConsentPage['undecided']>
}

type Choice =
  | 'nothing-to-give'
  /** The chosen end has passed since the page was shown, or the form does not say when it was, or it showed something else. */
  | 'changed_meanwhile'
  | 'nothing_chosen'
  | { scope: string; window: string; save: () => Promise<string> }

/**
 * Returns what the consent page is made of: the application as it is registered, the scopes that are requested and registered, the
 * person's role, and the longest window.
 */
export const shownTo = (
  config: Config,
  account: SignedInAccount,
  interaction: Interaction,
  client: Client,
): Shown => ({
  id: interaction.uid,
  application: JSON.stringify([client.clientName, client.clientIdIssuedAt]),
  reach: [account.role, requestedScope(interaction)].join(' '),
  longest: longestWindow(config, account),
})

/**
 * Evaluates the person's decision. `save` creates the engine's grant and the consent that the FHIR API enforces, inside a
 * unit of work, and returns the grant's id. Both end with the window, which nothing extends.
 */
export const grantConsent = (decision: {
  engine: Provider
  config: Config
  interaction: Interaction
  account: SignedInAccount
  context: LaunchContext
  form: Form
  /** The browser that sent the form, if its names are known. */
  allowedIn: AllowedIn | undefined
  shownAt: number | undefined
  now: number
}): Choice => {
  const { engine, config, interaction, account, context, form, allowedIn, shownAt, now } = decision
  const offers = offersFor(requestedScope(interaction), account, context)
  if (offers.length === 0) return 'nothing-to-give'
  const allowedNames = allowedOffers(form)
  if (!offers.some((offer) => allowedNames.has(offer.name))) return 'nothing_chosen'

  if (shownAt === undefined) return 'changed_meanwhile'
  const longest = longestWindow(config, account)
  const window = windowOf(interaction, form, longest)
  const scope = grantedScope(requestedScope(interaction), account, allowedNames, window.refresh, context)
  const given = withAllGiven(requestedScope(interaction), account, allowedNames, context)
  const offered = offers.map(({ name }) => name)
  const unticked = offered.filter((name) => !given.has(name))
  const clientId = String(interaction.params.client_id)
  const expiresAt = endsAt(interaction, window, longest, shownAt)
  if (expiresAt <= now) return 'changed_meanwhile'

  const save = async (): Promise<string> => {
    const grant = new engine.Grant({ accountId: account.id, clientId })
    // By the clock that the engine reads.
    grant.exp = Math.floor((expiresAt - now + Date.now()) / 1000)
    const words = scope.split(' ')
    grant.addOIDCScope(words.filter((word) => IDENTITY_SCOPES.includes(word)).join(' '))
    // The token response contains only what is granted for the resource, so the whole scope is granted there too.
    grant.addResourceScope(fhirBase(config), scope)
    const grantId = await grant.save()
    // The engine intersects the request with the grant word by word, so a narrowed wildcard must replace the requested one.
    interaction.params.scope = scope
    await interaction.persist()
    const { patient, encounter } = namesContext(words) ? context : {}
    const { launch } = interaction.params
    const work = requireUnitOfWork()
    // The application for which the authorization was found; the consent ends with it.
    const client = await work.readClients.get(clientId)
    const generation = client?.generation ?? ''
    work.operations.push(async (trx) => {
      await requireRoomForGrant(trx, config, account, now)
      if (typeof launch === 'string') await takeLaunch(trx, launch, now)
      await trx
        .insertInto('consent')
        .values({
          grant_id: grantId,
          account_id: account.id,
          account_generation: account.generation,
          client_id: clientId,
          client_generation: generation,
          patient: patient ?? null,
          encounter: encounter ?? null,
          scope,
          window: window.name,
          ...allowedIn,
          created_at: now,
          expires_at: expiresAt,
          revoked_at: null,
        })
        .execute()
      await rememberUnticked(trx, account, { clientId, generation }, { offered, unticked })
    })
    return grantId
  }
  return { scope, window: window.name, save }
}

/**
 * Returns whose record is opened to the application: for a clinician the names of the patient and the visit, for a person the name
 * and the birth date in their own record, because an account may be bound to another record than the person expects.
 */
const aboutRecord = (
  locale: Locale,
  { role }: SignedInAccount,
  { patient, patientName, patientBirthDate, encounterName }: LaunchContext,
): { about?: string } => {
  const { consent, patients } = locale.words
  if (role === 'clinician')
    return patientName ? { about: [patientName, encounterName].filter(Boolean).join(' · ') } : {}
  if (role !== 'patient' || patient === undefined) return {}
  if (patientName === undefined) return { about: consent.recordUnread }
  const born = patientBirthDate && patients.born(dateText(locale, patientBirthDate))
  const record = consent.recordOf([patientName, born].filter(Boolean).join(', '))
  return { about: [record, encounterName].filter(Boolean).join(' · ') }
}

/** Returns the destination in terms a person can judge, because an extension's host name is a meaningless id. */
export const addressOf = (redirect: string): Pick<ConsentPage['application'], 'where' | 'host'> => {
  const url = parseRegistered(redirect)
  const host = url?.host ?? ''
  if (/\.(chromiumapp\.org|extensions\.allizom\.org)$/.test(host)) return { where: 'extension', host }
  return { where: !url?.hostname || isLoopback(url) ? 'computer' : 'web', host }
}

const countOf = (locale: Locale, kind: string, count: RecordCount | undefined): { count?: string } => {
  // No count for the person's identity, because it is always one entry.
  if (count === undefined || kind === 'identity') return {}
  const { none, readings, entries, documents, devices, notReadFrom } = locale.words.counts
  if ('notReadFrom' in count) return { count: notReadFrom(count.notReadFrom) }
  const worded = (total: number, words: typeof entries) =>
    total > 0 ? [words(total, number(locale, total))] : []
  const parts = [
    ...worded(count.entries, kind === 'observations' ? readings : entries),
    ...worded(count.documents, documents),
    ...worded(count.devices, devices),
  ]
  return { count: parts.join(', ') || none }
}

/** What a page shows on which a person decides what an application may read: the consent page, or that of a connection. */
export interface Shown {
  /** The id of its authorization or grant. */
  readonly id: string
  /** The name and the registration of the application. */
  readonly application: string
  /** What its offers are made of. Their names alone do not say what they cover, because that depends on the application's registration. */
  readonly reach: string
  /** The longest window of the person's role, or when the grant ends; in milliseconds. */
  readonly longest: number
}

/** Returns the moment at which such a page is shown, for its form to bring back: the ends that the page names count from it. */
export const sealShownAt = (key: Uint8Array, shown: Shown, shownAt: number): string =>
  `${shownAt}.${formToken(key, boundTo(shown, shownAt))}`

/** Returns the moment that a form brought back; `undefined` if this server did not state it for a page that showed the same. */
export const openShownAt = (key: Uint8Array, shown: Shown, sealed: unknown): number | undefined => {
  const [digits = '', token] = typeof sealed === 'string' ? sealed.split('.', 2) : []
  const shownAt = Number(digits)
  return isFormToken(key, boundTo(shown, shownAt), token) ? shownAt : undefined
}

const boundTo = ({ id, application, reach, longest }: Shown, shownAt: number): string =>
  JSON.stringify([id, application, reach, longest, shownAt])
