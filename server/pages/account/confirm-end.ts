import type { VNode } from 'preact'
import { html, layout } from '../frame/layout.ts'
import { type OwnPage, signedInFrame } from '../frame/own-page.ts'

/** A question before something is ended, in words. */
export interface Question {
  readonly title: string
  /** Says exactly what will be ended. */
  readonly about?: string
  /** Names what will be lost. */
  readonly loses: string
  readonly yes: string
  readonly no: string
  /** The address that "no" leads to. */
  readonly back: string
  /** The value of `do` that "yes" sends. */
  readonly act: string
}

/** Asks for confirmation before something is ended. */
export const confirmPage = (page: OwnPage, { title, about, loses, yes, no, back, act }: Question): VNode =>
  layout({
    ...signedInFrame(page),
    title,
    content: html`
      <h1>${title}</h1>
      ${about && html`<p id="about">${about}</p>`}
      <p>${loses}</p>
      <form method="post">
        <input type="hidden" name="form_token" value=${page.formToken} />
        <p class="actions">
          <a class="button second" href=${back}>${no}</a>
          <button name="do" value=${act} aria-describedby=${about && 'about'}>${yes}</button>
        </p>
      </form>
    `,
  })
