import type { VNode } from 'preact'
import { type Frame, html, layout, type OwnPage, signedInFrame } from '../frame/layout.ts'
import type { Locale } from '../frame/locale.ts'

export interface NamePage extends Frame {
  /** The company with which the person signed in. It does not tell the person's name. */
  partner: string
  action: string
  formToken: string
  /** The sealed account whose name is still missing. */
  state: string
  /** What was typed, if it cannot be accepted. */
  form?: PersonForm
}

export type PersonForm = Readonly<Record<string, string | string[] | undefined>>

/** Asks a person's name and birth date, the first time they sign in with another company. */
export const namePage = (page: NamePage): VNode => {
  const { organization, locale, partner, action, formToken, state, form } = page
  const words = locale.words.signIn.name
  return layout({
    organization,
    locale,
    title: words.title,
    content: html`
      <h1>${words.title}</h1>
      <p class="quiet">${words.why(partner)}</p>
      ${form && html`<p class="notice" role="alert">${words.missing}</p>`}
      <form method="post" action=${action}>
        <input type="hidden" name="form_token" value=${formToken} />
        <input type="hidden" name="state" value=${state} />
        ${personFields(locale, form)}
        <p class="actions"><button type="submit">${words.button}</button></p>
      </form>
    `,
  })
}

/** The fields for a person's name and birth date. */
const personFields = (locale: Locale, form: PersonForm = {}): VNode => {
  const words = locale.words.signIn.name
  const field = (name: string, label: string, rest: object) => html`
    <label for=${name}>${label}</label>
    <input id=${name} name=${name} required value=${String(form[name] ?? '')} ...${rest} />
  `
  return html`
    ${field('given', words.given, { autocomplete: 'given-name', maxlength: 60, autofocus: true })}
    ${field('family', words.family, { autocomplete: 'family-name', maxlength: 60 })}
    ${field('birthdate', words.birthDate, { type: 'date', autocomplete: 'bday' })}
  `
}

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
