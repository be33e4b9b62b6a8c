import type { VNode } from 'preact'
import { applicationName, type Frame, html, layout, showButton } from '../frame/layout.ts'
import type { Locale } from '../frame/locale.ts'

export interface LoginPage extends Frame {
  /** The application that sent the person here; absent when the person came directly. */
  application?: string
  /** The organization's own page that the person wants to open. */
  next?: 'account' | 'ehr'
  /** Binds the form to this interaction, or to this browser. */
  formToken: string
  /** Another company with which people can sign in: where its form leads, and why the last try failed. */
  partner?: {
    name: string
    action: string
    passwordAction: string
    refused?: 'denied' | 'late' | 'away' | 'busy' | 'disabled' | 'taken'
  }
  failure?: Attempt & { username: string }
}

/** A failed attempt with a password. */
export interface Attempt {
  readonly reason: 'wrong_password' | 'too_many_attempts' | 'busy'
  /** Seconds until the next attempt is accepted. */
  readonly retryAfter: number
}

/** Says why a password was not accepted. */
export const problemOf = (
  { reason, retryAfter }: Attempt,
  words: Pick<Locale['words']['signIn'], 'wrong' | 'busy' | 'wait'>,
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
export const loginPage = (page: LoginPage): VNode => {
  const { organization, locale, application, next, formToken, partner, failure } = page
  const words = locale.words.signIn
  const problem = failure
    ? problemOf(failure, words)
    : partner?.refused && words.partner.refused[partner.refused](partner.name)
  const forOwnPage = next === 'ehr' ? words.forEhr : words.forAccount
  const passwordForm = html`
      <form method="post" action=${partner?.passwordAction}>
        <input type="hidden" name="form_token" value=${formToken} />
        <label for="username">${words.username}</label>
        <input
          id="username"
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck=${false}
          required
          autofocus=${!failure && !partner}
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
      </details>
  `
  return layout({
    organization,
    locale,
    title: words.title,
    content: html`
      <h1>${words.title}</h1>
      <p class="quiet">
        ${application === undefined ? forOwnPage : words.forApplication(applicationName(application))}
      </p>
      ${problem && html`<p class="notice" role="alert" id="problem">${problem}</p>`}
      ${
        partner &&
        html`<form method="post" action=${partner.action}>
          <input type="hidden" name="form_token" value=${formToken} />
          <p><button type="submit">${words.partner.button(partner.name)}</button></p>
          <p class="quiet hint">${words.partner.what(partner.name, organization.name)}</p>
        </form>`
      }
      ${partner ? html`<details open=${Boolean(failure)}><summary>${words.partner.password}</summary>${passwordForm}</details>` : passwordForm}
    `,
  })
}
