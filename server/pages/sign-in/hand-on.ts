import type { VNode } from 'preact'
import type { Organization } from '../../config.ts'
import { html, layout } from '../frame/layout.ts'
import type { Locale } from '../frame/locale.ts'

/** Shown for a moment while the answer of a sign-in is passed on to the extension, or longer if the browser waits for a click. */
export const handOnPage = ({
  organization,
  locale,
  address,
}: {
  organization: Organization
  locale: Locale
  address: string
}): VNode => {
  const { title, sentence, link } = locale.words.handOn
  return layout({
    title,
    locale,
    organization,
    content: html`
      <h1>${title}</h1>
      <p>${sentence}</p>
      <p><a href=${address}>${link}</a></p>
    `,
  })
}
