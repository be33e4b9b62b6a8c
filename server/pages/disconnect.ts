import type { VNode } from 'preact'
import { html, layout } from './layout.ts'
import { applicationName, type OwnPage } from './own-page.ts'

/** Asks for confirmation and names the loss. Without an application, it concerns all of them. */
export const disconnectPage = (page: OwnPage & { application?: string; back: string }): VNode => {
  const words = page.locale.words.disconnect
  const application = page.application && applicationName(page.application)
  const title = application ? words.title(application) : words.titleAll
  return layout({
    locale: page.locale,
    title,
    organization: page.organization,
    aside: `${page.locale.words.signedInAs} ${page.person}`,
    content: html`
      <h1>${title}</h1>
      <p>${application ? words.loses(application) : words.losesAll}</p>
      <form method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        <p class="actions">
          <a class="button second" href=${page.back}>${application ? words.no : words.noAll}</a>
          <button name="do" value="disconnect">${words.yes}</button>
        </p>
      </form>
    `,
  })
}
