import type { VNode } from 'preact'
import { type Frame, html, layout } from './layout.ts'

/** Explains what happened and what to do, if no address can be trusted with the answer. */
export const problemPage = (
  page: Frame & {
    title: string
    sentence: string
    /** For the administrator of the application: the OAuth error. */
    detail?: string | undefined
    /** Whether to link to the person's account. */
    toAccount?: boolean
    /** Whether to link to the sign-in at the record system. */
    toEhr?: boolean
  },
): VNode =>
  layout({
    ...page,
    withoutScript: true,
    content: html`
      <h1>${page.title}</h1>
      <p>${page.sentence}</p>
      ${page.detail && html`<p class="quiet">${page.locale.words.forAdministrator} <span lang="en">${page.detail}</span></p>`}
      ${page.toEhr && html`<p><a href="/login?next=/ehr">${page.locale.words.signIn.title}</a></p>`}
      ${page.toAccount && html`<p><a href="/account">${page.locale.words.account.back}</a></p>`}
    `,
  })
