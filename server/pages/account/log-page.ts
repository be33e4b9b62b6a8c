import type { VNode } from 'preact'
import { html, layout, type OwnPage, signedInFrame } from '../frame/layout.ts'
import { clockTime, day } from '../frame/locale.ts'

/** One entry of the log, as words. */
export interface EntryView {
  readonly at: number
  /** Our words, or a name that is safe to show. */
  readonly who: string
  /** `through Carekey`. */
  readonly through?: string
  /** The action in words: `read vital signs and results`. */
  readonly what: string
  /** Absent if the access was allowed, or if the person themselves declined it. */
  readonly mark?: 'refused' | 'failed'
  readonly reason?: string
}

/** `B/account/log`: who read my record? */
export const accessLogPage = (
  page: OwnPage & { entries: readonly EntryView[]; first: boolean; older?: string },
): VNode => {
  const { locale, entries } = page
  const words = locale.words.log
  const days = Map.groupBy(entries, ({ at }) => day(locale, at))
  return layout({
    ...signedInFrame(page),
    title: words.title,
    content: html`
      <p><a href="/account">${locale.words.account.back}</a></p>
      <h1>${words.title}</h1>
      <p class="quiet">${words.about(locale.timeZone)}</p>
      ${entries.length === 0 && html`<p>${page.first ? words.none : words.noneOlder}</p>`}
      ${[...days].map(
        ([name, those]) => html`
          <h2>${name}</h2>
          <ul class="entries">
            ${those.map((entry) => line(page, entry))}
          </ul>
        `,
      )}
      ${
        entries.length > 0 &&
        html`
          <p class="actions">
            <a class="button second" href="/account/log/download" aria-describedby="download-about">
              ${words.download}
            </a>
          </p>
          <p class="quiet" id="download-about">${words.downloadAbout}</p>
        `
      }
      <p class="actions">
        ${!page.first && html`<a class="button second" href="/account/log">${words.newest}</a>`}
        ${page.older && html`<a class="button second" href=${`/account/log?before=${page.older}`}>${words.older}</a>`}
      </p>
    `,
  })
}

const line = ({ locale }: OwnPage, { at, who, through, what, mark, reason }: EntryView): VNode => {
  const words = locale.words.log
  return html`
    <li>
      <time class="quiet" datetime=${new Date(at).toISOString()}>${clockTime(locale, at)}</time>
      <p>
        <strong>${who}</strong>${' '}
        ${through && html`<span class="quiet">${through}</span>`}
        ${mark && html` <span class="mark-refused">${words[mark]}</span>`}
        <span class="what">${what}${reason && ` (${reason})`}</span>
      </p>
    </li>
  `
}
