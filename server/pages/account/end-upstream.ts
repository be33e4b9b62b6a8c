import type { VNode } from 'preact'
import type { OwnPage } from '../frame/own-page.ts'
import { confirmPage } from './confirm-end.ts'

/** Asks for confirmation before the connection to another company ends, and says what will be lost. */
export const endUpstreamPage = (page: OwnPage & { upstream: string }): VNode => {
  const words = page.locale.words.account.upstream
  return confirmPage(page, {
    title: words.end(page.upstream),
    loses: words.loses(page.upstream),
    yes: words.yes,
    no: words.no,
    back: '/account',
    act: 'end',
  })
}
