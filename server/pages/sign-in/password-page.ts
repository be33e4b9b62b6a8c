import type { VNode } from 'preact'
import { type Frame, html, layout, showButton } from '../frame/layout.ts'

export type PasswordFault = 'short' | 'long' | 'guessable' | 'different'

export interface NewPassword extends Pick<Frame, 'locale'> {
  /** The name to sign in with. */
  username: string
  /** Binds the form to this browser. */
  formToken: string
  /** Limits of its length, in characters. */
  length: { least: number; better: number; most: number }
  /** Why the new password was refused. */
  fault?: PasswordFault
  /** Asks for the current password as well, and says why the one that was typed was not accepted. */
  current?: { problem?: string }
}

export type PasswordPage = Frame & Omit<NewPassword, 'current'>

/** `B/password/…`: a person chooses the password of their account. */
export const passwordPage = (page: PasswordPage): VNode => {
  const { organization, locale } = page
  const words = locale.words.choosePassword
  return layout({
    organization,
    locale,
    title: words.title,
    content: html`
      <h1>${words.title}</h1>
      <p class="quiet">${words.about(organization.name)}</p>
      ${passwordForm(page)}
    `,
  })
}

/** The form in which a person types a new password twice, after the current one if they have one. */
export const passwordForm = ({ locale, username, formToken, length, fault, current }: NewPassword): VNode => {
  const { choosePassword: words, changePassword, signIn } = locale.words
  const problem = fault
    ? words.faults[fault](fault === 'long' ? length.most : length.least)
    : current?.problem
  const show = current
    ? showButton('current password again', changePassword.showAll, changePassword.hideAll)
    : showButton('password again', words.showBoth, words.hideBoth)
  return html`
    ${problem && html`<p class="notice" role="alert" id="problem">${problem}</p>`}
    <form method="post">
      <input type="hidden" name="form_token" value=${formToken} />
      <label for="username">${signIn.username}</label>
      <input id="username" autocomplete="username" readonly value=${username} />
      ${
        current &&
        html`
          <label for="current">${changePassword.current}</label>
          <input
            id="current"
            name="current"
            type="password"
            autocomplete="current-password"
            required
            autofocus
            aria-describedby=${current.problem && 'problem'}
          />
        `
      }
      <label for="password">${current ? changePassword.password : words.password}</label>
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="new-password"
        required
        autofocus=${!current}
        aria-describedby=${fault ? 'problem rule' : 'rule'}
      />
      <p class="quiet hint" id="rule">${words.rule(length.least, length.better)}</p>
      <label for="again">${words.again}</label>
      <input id="again" name="again" type="password" autocomplete="new-password" required />
      ${show}
      <p class="actions"><button type="submit">${words.button}</button></p>
    </form>
  `
}

/** Confirms that the password is set; the link is spent. */
export const passwordSavedPage = ({
  organization,
  locale,
  username,
}: Frame & Pick<NewPassword, 'username'>): VNode => {
  const { saved } = locale.words.choosePassword
  return layout({
    organization,
    locale,
    title: saved.title,
    content: html`
      <h1>${saved.title}</h1>
      <p>${saved.sentence(username)}</p>
      <p><a class="button" href="/login">${locale.words.signIn.button}</a></p>
    `,
  })
}
