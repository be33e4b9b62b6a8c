import { html as template } from 'htm/preact'
import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { Organization } from '../../config.ts'
import { inkOn } from './ink-on.ts'
import type { Locale } from './locale.ts'
import { SCRIPT } from './script.ts'

/**
 * HTML as a tagged template. Every inserted value becomes text or an attribute and is escaped, so markup from outside cannot
 * enter. Class names and attributes are HTML's.
 */
export const html = template as (strings: TemplateStringsArray, ...values: unknown[]) => VNode

/** The content of an element. */
export type Content = VNode | string | undefined | false | readonly Content[]

export const render = (page: VNode): string => `<!doctype html>${renderToString(page)}`

/** The frame of every page: the organization's mark and name, then the page. No outside resource. */
export const layout = (page: {
  title: string
  locale: Locale
  organization: Organization
  /** A line under the organization's name. */
  aside?: Content
  content: Content
  /** Leaves the script out: a page about a refused request runs nothing. */
  withoutScript?: boolean
}): VNode => html`
  <html lang=${page.locale.language}>
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="robots" content="noindex" />
      <title>${page.title} · ${page.organization.name}</title>
      <link rel="stylesheet" href="/assets/pages.css" />
    </head>
    <body>
      <header>
        <span class="mark" aria-hidden="true">
          <svg viewBox="0 0 40 40" width="40" height="40">
            <rect width="40" height="40" rx="8" fill=${page.organization.color} />
            <text x="20" y="27" text-anchor="middle" fill=${inkOn(page.organization.color)} font-size="20" font-weight="700">
              ${[...page.organization.name][0]}
            </text>
          </svg>
        </span>
        <p>
          <strong>${page.organization.name}</strong>
          <span class="quiet">${page.aside ?? page.organization.about}</span>
        </p>
      </header>
      <main>${page.content}</main>
      ${!page.withoutScript && html`<script dangerouslySetInnerHTML=${{ __html: SCRIPT }}></script>`}
    </body>
  </html>
`

/**
 * A button that shows and hides passwords. It is hidden until the pages' script makes it work.
 *
 * @param fields ids of the fields, separated by spaces.
 */
export const showButton = (fields: string, show: string, hide: string): VNode => html`
  <p class="show">
    <button type="button" class="link" hidden data-shows=${fields} data-hide=${hide}>${show}</button>
  </p>
`
