import type { VNode } from 'preact'
import type { Organization } from '../../config.ts'
import { html, layout } from './layout.ts'
import type { Locale } from './locale.ts'

/** Explains what happened and what to do, if no address can be trusted with the answer. */
export const problemPage = ({
  locale,
  ...page
}: {
  organization: Organization
  locale: Locale
  title: string
  sentence: string
  /** For the administrator of the application: the OAuth error. */
  detail?: string | undefined
  /** Whether to link to the person's account. */
  toAccount?: boolean
}): VNode =>
  layout({
    title: page.title,
    locale,
    organization: page.organization,
    withoutScript: true,
    content: html`
      <h1>${page.title}</h1>
      <p>${page.sentence}</p>
      ${page.detail && html`<p class="quiet">${locale.words.forAdministrator} <span lang="en">${page.detail}</span></p>`}
      ${page.toAccount && html`<p><a href="/account">${locale.words.account.back}</a></p>`}
    `,
  })
