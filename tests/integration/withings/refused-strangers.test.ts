import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusedRequests } from '../../fixtures/refused-requests.ts'
import type { Page } from '../../fixtures/user-agent.ts'
import {
  createSignInBrowser,
  decideAtWithings,
  openLogin,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

let organization: WithingsOrganization
beforeAll(async () => {
  organization = await startWithingsOrganization()
})
afterAll(() => organization.close())

/** The counts of a full minute become entries of their own. */
const readEntries = () =>
  organization.store.db
    .selectFrom('audit_event')
    .select(['subtype', 'client_id'])
    .where('subtype', '<>', 'refusals')
    .execute()

/** Opens the sign-in page of an authorization, and that of the organization's own pages. */
const openPages = async () => {
  const browser = createSignInBrowser(organization)
  const { login } = await openLogin(organization, browser)
  return { browser, login, own: await browser.agent.open('/login') }
}
type Opened = Awaited<ReturnType<typeof openPages>>

/** Sends the form that asks for a name, with a state that was not sealed here. */
const sendName = ({ browser }: Opened, page: Page, action: string) => {
  const token = /<input[^>]+name="form_token"[^>]*>/.exec(page.html)?.[0]
  const html = `<form method="post" action="${action}">${token}<input name="state"></form>`
  return browser.agent.submit({ ...page, html }, { state: 'x' })
}
const bringBack = async ({ browser }: Opened, page: Page, decision: 'allow' | 'deny', code?: string) => {
  const back = await decideAtWithings(browser, page, decision)
  if (code !== undefined) back.searchParams.set('code', code)
  return browser.agent.open(back)
}

test.each<[string, string, (opened: Opened) => Promise<Page>]>([
  [
    'late',
    'an authorization',
    ({ browser, login }) => browser.agent.open(`${login.url.pathname}/upstream?state=x&code=y`),
  ],
  [
    'late',
    "the organization's own pages",
    ({ browser }) => browser.agent.open('/login/upstream?state=x&code=y'),
  ],
  [
    'late',
    "an authorization's page for a name",
    (opened) => sendName(opened, opened.login, `${opened.login.url.pathname}/name`),
  ],
  ['late', 'the own page for a name', (opened) => sendName(opened, opened.own, '/login/upstream/name')],
  ['denied', 'an authorization', (opened) => bringBack(opened, opened.login, 'deny')],
  ['denied', "the organization's own pages", (opened) => bringBack(opened, opened.own, 'deny')],
  [
    'late',
    'an authorization, with an invented code',
    (opened) => bringBack(opened, opened.login, 'allow', 'junk'),
  ],
  [
    'late',
    'the own pages, with an invented code',
    (opened) => bringBack(opened, opened.own, 'allow', 'junk'),
  ],
])(
  'F32 a sign-in with Withings that is %s at %s is counted, and adds no entry',
  async (reason, _where, send) => {
    const opened = await openPages()
    const entries = await readEntries()
    const count = async () =>
      (await refusedRequests(organization.store)).by[`sign-in upstream_${reason}`] ?? 0
    const before = await count()
    expect((await send(opened)).status).toBe(200)
    expect(await readEntries()).toEqual(entries)
    expect((await count()) - before).toBe(1)
  },
)
