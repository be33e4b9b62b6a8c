import { createHash } from 'node:crypto'
import type { VNode } from 'preact'
import { type Content, html, render } from '../../pages/frame/layout.ts'
import { type Words, wordsIn } from './words.ts'

/** Plain and grey, so that nobody takes these pages for Withings' or for an organization's. */
const STYLE = `
:root { color-scheme: light dark; --ink: #222; --paper: #fff; --quiet: #5c5c5c; --notice: #fff1b8; --on-notice: #3d2f00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eee; --paper: #1b1b1b; --quiet: #b3b3b3; --notice: #4a3b00; --on-notice: #ffe9a3; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 30rem; font: 16px/1.5 Georgia, serif; color: var(--ink); background: var(--paper); }
header { margin: 0; padding: 12px 20px; color: var(--on-notice); background: var(--notice); }
main { padding: 8px 20px 24px; overflow-wrap: anywhere; } h1 { font-size: 1.4rem; margin: 12px 0 4px; } h2 { font-size: 1.1rem; }
label { display: block; margin: 14px 0 4px; font-weight: bold; } .quiet { color: var(--quiet); }
input, button { min-height: 44px; padding: 8px 12px; font: inherit; color: inherit; border: 2px solid currentColor; border-radius: 0; }
input { width: 100%; background: transparent; }
button { margin: 16px 12px 0 0; padding: 8px 20px; font-weight: bold; color: var(--paper); background: var(--ink); border-color: var(--ink); cursor: pointer; }
button.second { color: var(--ink); background: transparent; border-color: var(--quiet); }
:focus-visible { outline: 3px solid #2f6fd0; outline-offset: 2px; } [role=alert] { font-weight: bold; }
`

/**
 * Lets a page use its own style and nothing else. It does not limit where forms lead, because the answer to a permission is a
 * redirect, which the organization may continue.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** States at the top of every page that it is only a stand-in. */
const page = (language: string, title: string, content: (words: Words) => Content): string => {
  const words = wordsIn(language)
  return render(html`
    <html lang=${language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · ${words.title}</title>
        <style dangerouslySetInnerHTML=${{ __html: STYLE }}></style>
      </head>
      <body>
        <header>${words.notice}</header>
        <main>${content(words)}</main>
      </body>
    </html>
  `)
}

/** @param query the query of the authorization request; empty if the person opened the page directly. */
export const signInPage = (
  language: string,
  options: { query: string; application?: string; usernames: readonly string[]; failed: boolean },
): string =>
  page(
    language,
    wordsIn(language).signIn,
    (words) => html`
      <h1>${words.signIn}</h1>
      <p>${options.application === undefined ? words.intro : words.wanted(options.application)}</p>
      ${options.failed && html`<p role="alert">${words.wrong}</p>`}
      <form method="post" action=${`/sign-in${options.query}`}>
        <label for="username">${words.username}</label>
        <input id="username" name="username" autocomplete="username" autocapitalize="none" required />
        <label for="password">${words.password}</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required />
        <button>${words.signIn}</button>
      </form>
      <p class="quiet">${words.account(options.usernames.join(', '))}</p>
    `,
  )

export const permissionPage = (
  language: string,
  options: { query: string; application: string; name: string; scopes: readonly string[] },
): string =>
  page(
    language,
    wordsIn(language).ask(options.application),
    (words) => html`
      <h1>${words.ask(options.application)}</h1>
      <ul>
        ${options.scopes.map((scope) => html`<li>${words.scopes[scope] ?? scope}</li>`)}
      </ul>
      <form method="post" action=${`/oauth2_user/authorize2${options.query}`}>
        <button name="decision" value="allow">${words.allow}</button>
        <button name="decision" value="deny" class="second">${words.deny}</button>
      </form>
      ${signOut(words, options.name, options.query)}
    `,
  )

/** A list of one person's permissions, with a button to end each. */
export const homePage = (
  language: string,
  options: { name: string; applications: readonly { name: string; clientId: string }[] },
): string =>
  page(
    language,
    wordsIn(language).applications,
    (words) => html`
      <h1>${words.applications}</h1>
      ${options.applications.length === 0 && html`<p>${words.none}</p>`}
      ${options.applications.map(
        ({ name, clientId }) => html`
          <form method="post" action="/disconnect">
            <input type="hidden" name="client_id" value=${clientId} />
            <button>${words.end(name)}</button>
          </form>
        `,
      )}
      ${signOut(words, options.name, '')}
    `,
  )

const signOut = (words: Words, name: string, query: string): VNode => html`
  <form method="post" action=${`/sign-out${query}`}>
    <p class="quiet">${words.signedInAs(name)}</p>
    <button class="second">${words.another}</button>
  </form>
`

/** The page that a planned fault shows instead of an answer. */
export const maintenancePage = (): string =>
  page('en', wordsIn('en').maintenance, (words) => html`<h1>${words.maintenance}</h1>`)
