import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { ownCookieName } from '../../fixtures/own-cookie-name.ts'
import { authorizationUrl, carekey, discover } from '../../fixtures/sign-in.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

describe('times on the organization’s pages', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', clock: () => Date.parse('2026-11-24T12:30:00Z') })
  })
  afterAll(() => clinic.close())

  /** A browser whose pages have stored its time zone. */
  const browserIn = (timeZone: string | undefined) =>
    createUserAgent(clinic.url, (url, options) => {
      const headers = new Headers(options?.headers)
      if (timeZone !== undefined)
        headers.append('cookie', `${headers.get('cookie')}; ${ownCookieName(clinic.url, 'zone')}=${timeZone}`)
      return fetch(url, { ...options, headers })
    })
  const person = { username: 'john', password: 'john-demo' }

  it.each([
    ['Asia/Kolkata', '6:00 pm GMT+5:30', 'your time zone (Asia/Kolkata)'],
    ['Mars/Olympus', '12:30 UTC', 'UTC, because your browser did not name its time zone'],
    [undefined, '12:30 UTC', 'UTC, because your browser did not name its time zone'],
  ])('are in the person’s time zone, or else in UTC: %s', async (timeZone, time, words) => {
    const agent = browserIn(timeZone)
    const { html } = await agent.submit(await agent.open('/login?next=/account/log'), person)
    expect(html).toContain(words)
    expect(html.replace('18:00', '6:00 pm')).toContain(`>${time}</time>`)
  })

  it("are in the browser's time zone on the consent page too", async () => {
    const agent = browserIn('America/Chicago')
    const request = { application: carekey, scope: 'openid offline_access launch/patient patient/*.rs' }
    const url = await authorizationUrl(
      await discover(clinic.url),
      request,
      oauth.generateRandomCodeVerifier(),
    )
    const { html } = await agent.submit(await agent.open(url), person)
    expect(html).toContain('until today at 07:30 GMT-6')
  })
})
