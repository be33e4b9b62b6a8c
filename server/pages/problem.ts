import type { VNode } from 'preact'
import type { Organization } from '../config.ts'
import { html } from './html.ts'
import { layout } from './layout.ts'

/** A page that says what happened and what to do, where no address may be trusted with an answer. */
export const problemPage = (page: {
  organization: Organization
  title: string
  sentence: string
  /** For the administrator of the application: the OAuth error. */
  detail?: string | undefined
}): VNode =>
  layout({
    title: page.title,
    organization: page.organization,
    content: html`
      <h1>${page.title}</h1>
      <p>${page.sentence}</p>
      ${page.detail && html`<p class="quiet">For its administrator: ${page.detail}</p>`}
    `,
  })
