import type { VNode } from 'preact'
import { type Frame, html, layout } from '../frame/layout.ts'

/** Shown for a moment while the answer of a sign-in is passed on to the extension, or longer if the browser waits for a click. */
export const handOnPage = ({ address, ...frame }: Frame & { address: string }): VNode => {
  const { title, sentence, link } = frame.locale.words.handOn
  return layout({
    ...frame,
    title,
    content: html`
      <h1>${title}</h1>
      <p>${sentence}</p>
      <p><a href=${address}>${link}</a></p>
    `,
  })
}
