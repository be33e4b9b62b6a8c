import type { VNode } from 'preact'
import { applicationName, type Content, html, layout, type OwnPage, signedInFrame } from '../frame/layout.ts'
import { type Locale, moment, until } from '../frame/locale.ts'

/** The browser in which a connection was allowed. Both are names that people know. */
export interface AllowedIn {
  readonly browser: string
  readonly system: string
}

/** A connected application, as the account page shows it. */
export interface ConnectionView {
  readonly id: string
  readonly application: string
  /** What tells it from another connected application of the same name. */
  readonly identity?: string
  /** The data that it may read, in words. */
  readonly labels: readonly string[]
  readonly window: string
  readonly allowedIn?: AllowedIn
  readonly createdAt: number
  readonly expiresAt: number
  readonly lastUsedAt?: number
}

/** A grant that the server ended because a spent code or token was presented again, so somebody may have copied it. */
export interface Incident {
  readonly application: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly because: 'refresh_reuse_detected' | 'code_reuse_detected'
}

interface AccountPage extends OwnPage {
  connections: readonly ConnectionView[]
  incidents: readonly Incident[]
  /** What the person has just disconnected, and whether that application has another connection. */
  disconnected?: { readonly application: string; readonly isConnected: boolean } | 'all' | undefined
  /** The person has just corrected their name or birth date. */
  isPersonSaved: boolean
  /** The person has just changed their password. */
  isPasswordSaved: boolean
  /** Whether the person has a record, which others may have read. */
  hasRecord: boolean
  /** Whether they may open patients and launch applications. */
  isClinician: boolean
  /** Whether the name and birth date in their record are their own words, which they may correct. */
  isDescribed: boolean
  /** Whether they sign in with a password, which they may change. */
  hasPassword: boolean
  /** The company from which readings may come. */
  partner?: string | undefined
  /** Whether this person's readings come from there; `ending`: no longer, but that company does not know yet. */
  partnerConnection?: 'connected' | 'ending' | undefined
}

/** `B/account`: which applications may read what, until when; who read my record; signing out. */
export const accountPage = (page: AccountPage): VNode => {
  const { locale, now, connections, incidents } = page
  const words = locale.words.account
  return layout({
    ...signedInFrame(page),
    title: words.title,
    content: html`
      ${incidents.map(
        ({ application, at, because }) =>
          html`<p class="notice">
            ${words.incidents[because](applicationName(application), moment(locale, at, now))}${' '}
            ${words.afterIncident}
          </p>`,
      )}
      ${page.isPersonSaved && html`<p class="saved" role="status">${words.person.saved}</p>`}
      ${page.isPasswordSaved && html`<p class="saved" role="status">${locale.words.changePassword.saved}</p>`}
      ${page.disconnected && html`<p class="saved" role="status">${confirmation(page.disconnected, locale)}</p>`}
      ${page.isClinician && html`<p><a class="button second" href="/ehr">${words.findPatient}</a></p>`}
      <h1>${words.connected}</h1>
      ${
        connections.length === 0
          ? html`<p>${words.none}</p>`
          : html`<ul class="cards">
              ${connections.map((connection) => card(page, connection))}
            </ul>`
      }
      ${page.hasRecord && section('who-read', words.whoRead, [html`<p>${words.whoReadAbout}</p>`, html`<p><a href="/account/log">${words.showLog}</a></p>`])}
      ${
        page.isDescribed &&
        section('person', words.person.title, [
          // Nothing of the record, so that this page needs no entry in the log.
          html`<p>${page.person}</p>`,
          html`<p><a href="/account/person">${words.person.correct}</a></p>`,
        ])
      }
      ${
        page.partner &&
        page.partnerConnection &&
        section(
          'upstream',
          page.partner,
          page.partnerConnection === 'ending'
            ? html`<p>${words.partner.ending(page.partner)}</p>`
            : [
                html`<p>${words.partner.about(page.partner)}</p>`,
                html`<p><a href="/account/upstream">${words.partner.end(page.partner)}</a></p>`,
              ],
        )
      }
      ${
        page.hasPassword &&
        section(
          'password',
          locale.words.changePassword.section,
          html`<p><a href="/account/security">${locale.words.changePassword.title}</a></p>`,
        )
      }
      ${section('sign-out', words.signOutTitle, [
        html`<form method="post" class="choice">
          <input type="hidden" name="form_token" value=${page.formToken} />
          <p id="here">${words.signOutAbout}</p>
          <button name="do" value="sign-out" class="second" aria-describedby="here">${words.signOut}</button>
        </form>`,
        html`<form method="post" class="choice">
          <input type="hidden" name="form_token" value=${page.formToken} />
          <p id="everywhere">${words.everywhereAbout}</p>
          <button name="do" value="sign-out-everywhere" class="second" aria-describedby="everywhere">
            ${words.everywhere}
          </button>
        </form>`,
        connections.length > 1 && html`<p><a href="/account/disconnect">${words.disconnectAll}</a></p>`,
      ])}
    `,
  })
}

const confirmation = (
  disconnected: NonNullable<AccountPage['disconnected']>,
  { words: { disconnect } }: Locale,
): string => {
  if (disconnected === 'all') return disconnect.doneAll
  const application = applicationName(disconnected.application)
  return disconnected.isConnected ? disconnect.doneOne(application) : disconnect.done(application)
}

const card = ({ locale, now }: AccountPage, connection: ConnectionView): VNode => {
  const words = locale.words.account
  const application = applicationName(connection.application)
  const used = usage(locale, connection, now)
  return html`
    <li>
      <h2>${application}<span class="quiet hint">, ${used}</span></h2>
      ${connection.identity && html`<p class="quiet hint">${connection.identity}</p>`}
      <p>${reach(locale, connection)}</p>
      <p>${until(locale, connection, now)}</p>
      <p>
        <a href=${`/account/connections/${connection.id}`} aria-label=${words.changeNamed(`${application}, ${used}`)}>${words.change}</a>
      </p>
    </li>
  `
}

/** Says what an application may read. */
export const reach = (
  { words: { account } }: Pick<Locale, 'words'>,
  { labels }: Pick<ConnectionView, 'labels'>,
): string => (labels.length > 0 ? `${account.mayRead} ${labels.join(' · ')}` : account.mayReadNothing)

const section = (id: string, title: string, content: Content): VNode => html`
  <section aria-labelledby=${id}>
    <h2 id=${id}>${title}</h2>
    ${content}
  </section>
`

interface Used {
  readonly allowedIn?: AllowedIn
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly lastUsedAt?: number
}

/**
 * Says when and in which browser a connection was allowed, and when it was last used, because a person may have several of one
 * application.
 */
export const usage = (locale: Locale, { allowedIn, createdAt, lastUsedAt }: Used, now: number): string => {
  const words = locale.words.account
  const allowed = [
    words.allowed(moment(locale, createdAt, now)),
    allowedIn && words.allowedIn(allowedIn.browser, allowedIn.system),
  ]
  const used = lastUsedAt === undefined ? words.neverUsed : words.lastUsed(moment(locale, lastUsedAt, now))
  return `${allowed.filter(Boolean).join(' ')}, ${used}`
}

/** `B/account`, opened for another person than the one who is signed in: shows nothing of the account but the name. */
export const somebodyElsePage = ({ organization, locale, person, formToken }: OwnPage): VNode => {
  const words = locale.words.signIn.somebodyElse
  return layout({
    organization,
    locale,
    title: words.title(person),
    withoutScript: true,
    content: html`
      <h1>${words.title(person)}</h1>
      <p>${words.about(person)}</p>
      <form method="post" action="/account">
        <input type="hidden" name="form_token" value=${formToken} />
        <p class="actions">
          <a class="button second" href="/account">${words.continueAs(person)}</a>
          <button name="do" value="sign-out">${locale.words.consent.somebodyElse}</button>
        </p>
      </form>
    `,
  })
}
