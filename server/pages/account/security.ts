import type { VNode } from 'preact'
import { html, layout, type OwnPage, signedInFrame } from '../frame/layout.ts'
import { type Attempt, problemOf } from '../sign-in/login.ts'
import { type NewPassword, type PasswordFault, passwordForm } from '../sign-in/password-page.ts'

/** Why a password was not changed: the new one is unsuitable, or the current one was not accepted. */
export type PasswordRefusal = { readonly fault: PasswordFault } | { readonly attempt: Attempt }

/** `B/account/security`: a person changes the password of their account. */
export const securityPage = (
  page: OwnPage & Pick<NewPassword, 'username' | 'length'> & { refusal?: PasswordRefusal },
): VNode => {
  const { locale, username, formToken, length, refusal } = page
  const words = locale.words.changePassword
  const failed = refusal && 'attempt' in refusal ? refusal.attempt : undefined
  return layout({
    ...signedInFrame(page),
    title: words.title,
    content: html`
      <p><a href="/account">${locale.words.account.back}</a></p>
      <h1>${words.title}</h1>
      <p class="quiet">${words.about}</p>
      ${passwordForm({
        ...{ locale, username, formToken, length },
        ...(refusal && 'fault' in refusal && { fault: refusal.fault }),
        current: {
          ...(failed && { problem: problemOf(failed, { ...locale.words.signIn, wrong: words.wrong }) }),
        },
      })}
    `,
  })
}
