import type { VNode } from 'preact'
import type { Organization } from '../config.ts'
import { html } from './html.ts'
import { layout } from './layout.ts'

export interface LoginPage {
  organization: Organization
  /** The application that sent the person here; absent when they came by themselves. */
  application?: string
  /** Binds the form to this interaction, or to this browser. */
  formToken: string
  /** What was typed, when it did not fit. */
  failed?: {
    username: string /** Seconds to wait before the next attempt is looked at. */
    retryAfter: number
  }
}

/** `B/login`: who are you? */
export const loginPage = ({ organization, application, formToken, failed }: LoginPage): VNode =>
  layout({
    title: 'Sign in',
    organization,
    content: html`
      <h1>Sign in</h1>
      <p class="quiet">
        ${application === undefined ? 'to see who may read what, and who did.' : `to continue to ${application}. It never sees your password.`}
      </p>
      ${
        failed &&
        html`<p class="notice" role="alert" id="problem">
          ${
            failed.retryAfter > 0
              ? `Too many attempts failed. Wait ${minutes(failed.retryAfter)}, then try again.`
              : 'This username and password do not belong together. Check both and try again.'
          }
        </p>`
      }
      <form method="post">
        <input type="hidden" name="form_token" value=${formToken} />
        <label for="username">Username</label>
        <input
          id="username"
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck=${false}
          required
          autofocus=${!failed}
          value=${failed?.username ?? ''}
          aria-describedby=${failed && 'problem'}
        />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          autofocus=${Boolean(failed)}
          aria-describedby=${failed && 'problem'}
        />
        <p class="actions"><button type="submit">Sign in</button></p>
      </form>
    `,
  })

const minutes = (seconds: number): string => {
  const whole = Math.ceil(seconds / 60)
  return whole === 1 ? 'a minute' : `${whole} minutes`
}
