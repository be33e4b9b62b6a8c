import { html as template } from 'htm/preact'
import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { quotable } from '../../../values/quotable.ts'
import { readableName } from '../../../values/readable-name.ts'
import { hasSentenceWord } from '../../../values/sentence-words.ts'
import type { Organization } from '../../config.ts'
import type { Locale } from './locale.ts'

/**
 * The only script of the pages, which also work without it. It stores the browser's time zone in a cookie that no other site
 * causes to be sent, and lets a person see the password that they type: a button with `data-shows` names the fields. Before the
 * form is sent they become password fields again, so that browsers do not remember them as ordinary text.
 */
export const SCRIPT = `
{
  const isSecure = location.protocol === 'https:'
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  if (timeZone)
    document.cookie = (isSecure ? '__Host-carekey' : 'carekey' + location.port) + '_zone=' + timeZone + '; path=/; samesite=strict' + (isSecure ? '; secure' : '')
  for (const button of document.querySelectorAll('button[data-shows]')) {
    const words = { password: button.textContent, text: button.dataset.hide }
    const change = (type) => {
      for (const id of button.dataset.shows.split(' ')) document.getElementById(id).type = type
      button.textContent = words[type]
    }
    button.hidden = false
    button.addEventListener('click', () => change(button.textContent === words.password ? 'text' : 'password'))
    button.form.addEventListener('submit', () => change('password'))
  }
}
`

/**
 * HTML as a tagged template. Every inserted value becomes text or an attribute and is escaped, so markup from outside cannot
 * enter. Class names and attributes are HTML's.
 */
export const html = template as (strings: TemplateStringsArray, ...values: unknown[]) => VNode

/** The content of an element. */
export type Content = VNode | string | undefined | false | readonly Content[]

export const render = (page: VNode): string => `<!doctype html>${renderToString(page)}`

/** What every page shows or is written in. */
export interface Frame {
  readonly organization: Organization
  readonly locale: Locale
}

/** The frame of every page: the organization's mark and name, then the page. No outside resource. */
export const layout = (
  page: Frame & {
    title: string
    /** A line under the organization's name. */
    aside?: Content
    content: Content
    /** Leaves the script out: a page about a refused request runs nothing. */
    withoutScript?: boolean
  },
): VNode => html`
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

/** Returns white or, where white could not be read, black: one of them has a contrast of 4.5 to 1 on every colour (WCAG 1.4.3). */
export const inkOn = (color: string): '#ffffff' | '#000000' =>
  1.05 / (luminance(color) + 0.05) >= 4.5 ? '#ffffff' : '#000000'

/**
 * The relative luminance of WCAG 2.2, from 0 to 1.
 *
 * @param color `#rrggbb`.
 */
const luminance = (color: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** What every page of a person who signed in shows or is written in. */
export interface PersonFrame extends Frame {
  readonly person: string
}

/** The input of every page for a person who signed in at the organization itself. */
export interface OwnPage extends PersonFrame {
  formToken: string
  now: number
}

/** What the layout shows on every page of a signed-in person. */
export const signedInFrame = ({ organization, locale, person }: PersonFrame) => ({
  organization,
  locale,
  aside: `${locale.words.signedInAs} ${person}`,
})

/**
 * Makes an application's name safe to show. Its registrant chose the name, so it cannot reverse the text around it (Unicode's
 * isolates contain remaining bidirectional characters). Every name that may be registered is shown whole, because names are compared
 * whole: two that differ at the end would look the same. One with a word that would make another sentence of it (`nobody`) is quoted.
 */
export const applicationName = (name: string): string => {
  const line = readableName(name)
  if (line.toLowerCase() !== 'carekey' && hasSentenceWord(line)) return `“${isolatedOther(quotable(line))}”`
  return isolatedOther(line)
}

const isolatedOther = (line: string): string =>
  /^[\p{Script=Latin}\p{Script=Common}]*$/u.test(line) ? line : `\u2068${line}\u2069`
