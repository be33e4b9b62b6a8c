import type { VNode } from 'preact'
import { type Frame, html, layout, showButton } from '../frame/layout.ts'

export interface PasswordPage extends Frame {
  /** The name to sign in with. */
  username: string
  /** Binds the form to this browser. */
  formToken: string
  /** Limits of its length, in characters. */
  length: { least: number; better: number; most: number }
  /** Why the new password was refused. */
  fault?: 'short' | 'long' | 'guessable' | 'different'
}

/** `B/password/…`: a person chooses the password of their account. */
export const passwordPage = (page: PasswordPage): VNode => {
  const { organization, locale, username, formToken, length, fault } = page
  const words = locale.words.choosePassword
  return layout({
    organization,
    locale,
    title: words.title,
    content: html`
      <h1>${words.title}</h1>
      <p class="quiet">${words.about(organization.name)}</p>
      ${fault && html`<p class="notice" role="alert" id="problem">${words.faults[fault](fault === 'long' ? length.most : length.least)}</p>`}
      <form method="post">
        <input type="hidden" name="form_token" value=${formToken} />
        <label for="username">${locale.words.signIn.username}</label>
        <input id="username" autocomplete="username" readonly value=${username} />
        <label for="password">${words.password}</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="new-password"
          required
          autofocus
          aria-describedby=${fault ? 'problem rule' : 'rule'}
        />
        <p class="quiet hint" id="rule">${words.rule(length.least, length.better)}</p>
        <label for="again">${words.again}</label>
        <input id="again" name="again" type="password" autocomplete="new-password" required />
        ${showButton('password again', words.showBoth, words.hideBoth)}
        <p class="actions"><button type="submit">${words.button}</button></p>
      </form>
    `,
  })
}

/** Confirms that the password is set; the link is spent. */
export const passwordSavedPage = ({
  organization,
  locale,
  username,
}: Pick<PasswordPage, keyof Frame | 'username'>): VNode => {
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
