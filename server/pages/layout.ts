import type { VNode } from 'preact'
import type { Organization } from '../config.ts'
import { type Content, html } from './html.ts'
import type { Locale } from './locale.ts'

/** The frame of every page: the organization's mark and name, then the page. No script, no outside resource. */
export const layout = (page: {
  title: string
  locale: Locale
  organization: Organization
  /** A line under the organization's name. */
  aside?: Content
  content: Content
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
            <text x="20" y="27" text-anchor="middle" fill="#fff" font-size="20" font-weight="700">
              ${page.organization.name.slice(0, 1)}
            </text>
          </svg>
        </span>
        <p>
          <strong>${page.organization.name}</strong>
          <span class="quiet">${page.aside ?? page.organization.about}</span>
        </p>
      </header>
      <main>${page.content}</main>
    </body>
  </html>
`
