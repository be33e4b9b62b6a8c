import type { VNode } from 'preact'
import { html, layout } from './layout.ts'
import type { OwnPage } from './own-page.ts'

/** Asks for confirmation before the way to another company ends, and names the loss. */
export const endUpstreamPage = (page: OwnPage & { upstream: string }): VNode => {
  const words = page.locale.words.account.upstream
  const title = words.end(page.upstream)
  return layout({
    locale: page.locale,
    title,
    organization: page.organization,
    aside: `${page.locale.words.signedInAs} ${page.person}`,
    content: html`
      <h1>${title}</h1>
      <p>${words.loses(page.upstream)}</p>
      <form method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        <p class="actions">
          <a class="button second" href="/account">${words.no}</a>
          <button name="do" value="end">${words.yes}</button>
        </p>
      </form>
    `,
  })
}
