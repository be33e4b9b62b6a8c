import type { VNode } from 'preact'
import { html, layout } from '../frame/layout.ts'
import type { OwnPage } from '../frame/own-page.ts'

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
