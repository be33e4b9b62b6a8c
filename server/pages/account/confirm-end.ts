import type { VNode } from 'preact'
import { applicationName, html, layout, type OwnPage, signedInFrame } from '../frame/layout.ts'
import { type ConnectionView, reach, usage } from './account-page.ts'

/** A question before something is ended, in words. */
export interface Question {
  readonly title: string
  /** Says exactly what will be ended. */
  readonly about?: string
  /** Names what will be lost. */
  readonly loses: string
  readonly yes: string
  readonly no: string
  /** The address that "no" leads to. */
  readonly back: string
  /** The value of `do` that "yes" sends. */
  readonly act: string
}

/** Asks for confirmation before something is ended. */
const confirmPage = (page: OwnPage, { title, about, loses, yes, no, back, act }: Question): VNode =>
  layout({
    ...signedInFrame(page),
    title,
    content: html`
      <h1>${title}</h1>
      ${about && html`<p id="about">${about}</p>`}
      <p>${loses}</p>
      <form method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        <p class="actions">
          <a class="button second" href=${back}>${no}</a>
          <button name="do" value=${act} aria-describedby=${about && 'about'}>${yes}</button>
        </p>
      </form>
    `,
  })

/** Asks for confirmation before the connection to another company ends, and says what will be lost. */
export const endPartnerPage = (page: OwnPage & { partner: string }): VNode => {
  const words = page.locale.words.account.partner
  return confirmPage(page, {
    title: words.end(page.partner),
    loses: words.loses(page.partner),
    yes: words.yes,
    no: words.no,
    back: '/account',
    act: 'end',
  })
}

/** Asks for confirmation and names the loss. Without a connection, it concerns all of them. */
export const disconnectPage = (
  page: OwnPage & { connection?: ConnectionView; isOneOfSeveral?: boolean },
): VNode => confirmPage(page, page.connection ? ofOne(page, page.connection) : ofAll(page))

const ofOne = (
  { locale, now, isOneOfSeveral }: Parameters<typeof disconnectPage>[0],
  connection: ConnectionView,
): Question => {
  const words = locale.words.disconnect
  const application = applicationName(connection.application)
  return {
    title: isOneOfSeveral ? words.titleOne(application) : words.title(application),
    about: `${application}, ${usage(locale, connection, now)}. ${reach(locale, connection)}`,
    loses: isOneOfSeveral ? words.losesOne(application) : words.loses(application),
    yes: isOneOfSeveral ? words.yesOne : words.yes,
    no: words.no,
    back: `/account/connections/${connection.id}`,
    act: 'disconnect',
  }
}

const ofAll = ({ locale }: OwnPage): Question => {
  const { titleAll, losesAll, yes, noAll } = locale.words.disconnect
  return { title: titleAll, loses: losesAll, yes, no: noAll, back: '/account', act: 'disconnect' }
}
