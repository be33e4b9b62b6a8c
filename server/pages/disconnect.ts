import type { VNode } from 'preact'
import { confirmPage } from './confirm.ts'
import { applicationName, type OwnPage } from './own-page.ts'

/** Asks for confirmation and names the loss. Without an application, it concerns all of them. */
export const disconnectPage = (page: OwnPage & { application?: string; back: string }): VNode => {
  const words = page.locale.words.disconnect
  const application = page.application && applicationName(page.application)
  return confirmPage(page, {
    title: application ? words.title(application) : words.titleAll,
    loses: application ? words.loses(application) : words.losesAll,
    yes: words.yes,
    no: application ? words.no : words.noAll,
    back: page.back,
    act: 'disconnect',
  })
}
