import type { VNode } from 'preact'
import type { Organization } from '../config.ts'
import { html, layout, showButton } from './layout.ts'
import type { Locale } from './locale.ts'
import { applicationName } from './own-page.ts'

export interface LoginPage {
  organization: Organization
  locale: Locale
  /** The application that sent the person here; absent when the person came directly. */
  application?: string
  /** The organization's own page that the person wants to open. */
  next?: 'account' | 'ehr'
  /** Binds the form to this interaction, or to this browser. */
  formToken: string
  /** The failed attempt. */
  failure?: {
    username: string
    reason: 'wrong_password' | 'too_many_attempts' | 'busy'
    /** Seconds until the next attempt is accepted. */
    retryAfter: number
  }
}

const problemOf = (
  { reason, retryAfter }: NonNullable<LoginPage['failure']>,
  words: Locale['words']['signIn'],
): string => {
  switch (reason) {
    case 'wrong_password':
      return words.wrong
    case 'busy':
      return words.busy
    case 'too_many_attempts':
      return words.wait(Math.ceil(retryAfter / 60))
  }
}

/** `B/login`: who are you? */
export const loginPage = ({
  organization,
  locale,
  application,
  next,
  formToken,
  failure,
}: LoginPage): VNode => {
  const words = locale.words.signIn
  const forOwnPage = next === 'ehr' ? words.forEhr : words.forAccount
  return layout({
    title: words.title,
    locale,
    organization,
    content: html`
      <h1>${words.title}</h1>
      <p class="quiet">
        ${application === undefined ? forOwnPage : words.forApplication(applicationName(application))}
      </p>
      ${
        failure &&
        html`<p class="notice" role="alert" id="problem">
          ${problemOf(failure, words)}
        </p>`
      }
      <form method="post">
        <input type="hidden" name="form_token" value=${formToken} />
        <label for="username">${words.username}</label>
        <input
          id="username"
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck=${false}
          required
          autofocus=${!failure}
          value=${failure?.username ?? ''}
          aria-describedby=${failure && 'problem'}
        />
        <label for="password">${words.password}</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          autofocus=${Boolean(failure)}
          aria-describedby=${failure && 'problem'}
        />
        ${showButton('password', words.showPassword, words.hidePassword)}
        <p class="actions"><button type="submit">${words.button}</button></p>
      </form>
      <details>
        <summary>${words.forgotten.question}</summary>
        <p>${words.forgotten.answer(organization.name)}</p>
        <p class="quiet hint">${words.forgotten.operator}</p>
        <pre><code>npm run admin -- user reset --name …</code></pre>
      </details>
    `,
  })
}
