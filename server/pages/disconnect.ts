import type { VNode } from 'preact'
import { type ConnectionView, reach } from './account.ts'
import { confirmPage } from './confirm.ts'
import { applicationName, type OwnPage } from './own-page.ts'
import { usage } from './usage.ts'

/** Asks for confirmation and names the loss. Without a connection, it concerns all of them. */
export const disconnectPage = (page: OwnPage & { connection?: ConnectionView }): VNode => {
  const { locale, connection } = page
  const words = locale.words.disconnect
  const application = connection && applicationName(connection.application)
  return confirmPage(page, {
    title: application ? words.title(application) : words.titleAll,
    ...(connection && {
      about: `${application}, ${usage(locale, connection, page.now)}. ${reach(locale, connection)}`,
    }),
    loses: application ? words.loses(application) : words.losesAll,
    yes: words.yes,
    no: application ? words.no : words.noAll,
    back: connection ? `/account/connections/${connection.id}` : '/account',
    act: 'disconnect',
  })
}
