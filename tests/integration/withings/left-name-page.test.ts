import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { john } from '../../../server/demo/withings/people.ts'
import {
  createSignInBrowser,
  decideAtWithings,
  johnsDetails,
  openLogin,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

const MINUTE = 60_000
const mallory = { given: 'Mallory', family: 'Mean', birthdate: '1999-01-01' }

let organization: WithingsOrganization
beforeEach(async () => {
  organization = await startWithingsOrganization({ people: [john] })
})
afterEach(() => organization.close())

const atOwnPages = async () => {
  const browser = createSignInBrowser(organization)
  const login = await browser.agent.open('/login')
  return { browser, page: await browser.agent.open(await decideAtWithings(browser, login)) }
}
const atAuthorization = async () => {
  const browser = createSignInBrowser(organization)
  const { login } = await openLogin(organization, browser)
  return { browser, page: await browser.agent.open(await decideAtWithings(browser, login)) }
}
const findName = async () =>
  (
    await organization.store.db
      .selectFrom('account')
      .select('name')
      .where('username', 'like', 'withings-%')
      .executeTakeFirstOrThrow()
  ).name

describe.each([
  ['the organization’s own pages', atOwnPages],
  ['an authorization', atAuthorization],
])('a page that asks for the name and was left open, at %s', (_where, begin) => {
  it('A28 neither describes nor signs in somebody who has signed in elsewhere, and out everywhere', async () => {
    const left = await begin()
    expect(left.page.html).toContain('Who are you?')
    const home = await atOwnPages()
    const account = await home.browser.agent.submit(home.page, johnsDetails)
    await home.browser.agent.submit(account, { do: 'sign-out-everywhere' })
    const next = await left.browser.agent.submit(left.page, mallory)
    expect(next.html).toContain('took too long')
    expect(await findName()).toBe('John Doe')
    expect((await left.browser.agent.open('/account')).url.pathname).toBe('/login')
  })

  it('lives for 15 minutes, however often its form is sent', async () => {
    const { browser, page } = await begin()
    const send = (details = { given: '', family: '', birthdate: '' }) => browser.agent.submit(page, details)
    organization.standIn.clock.now += 10 * MINUTE
    const again = await send()
    expect(again.html).toContain('Who are you?')
    organization.standIn.clock.now += 6 * MINUTE
    const late = await browser.agent.submit(again, johnsDetails)
    expect(late.html).toContain('took too long')
    expect(await findName()).not.toBe('John Doe')
  })
})
