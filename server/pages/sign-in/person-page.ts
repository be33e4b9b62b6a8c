import type { VNode } from 'preact'
import { html, layout } from '../frame/layout.ts'
import { type OwnPage, signedInFrame } from '../frame/own-page.ts'
import { type PersonForm, personFields } from './name.ts'

interface PersonPage extends OwnPage {
  form: PersonForm
  /** What was typed cannot be taken. */
  isWrong?: boolean
}

/** `B/account/person`: lets a person correct what they said of themselves. */
export const personPage = (page: PersonPage): VNode => {
  const { locale, form } = page
  const words = locale.words.account.person
  return layout({
    ...signedInFrame(page),
    title: words.title,
    content: html`
      <h1>${words.title}</h1>
      <p class="quiet">${words.why}</p>
      ${page.isWrong && html`<p class="notice" role="alert">${locale.words.signIn.name.missing}</p>`}
      <form method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        ${personFields(locale, form)}
        <p class="actions">
          <a class="button second" href="/account">${words.cancel}</a>
          <button type="submit">${words.save}</button>
        </p>
      </form>
    `,
  })
}
