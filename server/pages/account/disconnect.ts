import type { VNode } from 'preact'
import { applicationName, type OwnPage } from '../frame/own-page.ts'
import { type ConnectionView, reach } from './account-page.ts'
import { confirmPage, type Question } from './confirm-end.ts'
import { usage } from './usage.ts'

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
