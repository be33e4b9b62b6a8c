import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { john } from '../../../server/demo/withings/people.ts'
import { engines } from '../../fixtures/store.ts'
import {
  createSignInBrowser,
  decideAtWithings,
  johnsDetails,
  openLogin,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

describe.each(engines)('a new person in several browsers on %s', (store) => {
  let organization: WithingsOrganization
  beforeAll(async () => {
    organization = await startWithingsOrganization({ store, people: [john] })
  })
  afterAll(() => organization.close())

  it('W07 who comes back in all of them at one moment has one account, and gets in by each of them, all but the first by signing in again', async () => {
    const { db } = organization.store
    const began = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const browser = createSignInBrowser(organization)
        const { login, finish } = await openLogin(organization, browser)
        return { browser, finish, back: await decideAtWithings(browser, login) }
      }),
    )
    const pages = await Promise.all(began.map(({ browser, back }) => browser.agent.open(back)))
    for (const { status, html } of pages) {
      expect(status).toBe(200)
      expect(html).toContain('Who are you?')
    }
    const accounts = await db.selectFrom('account').select('patient').where('role', '=', 'patient').execute()
    expect(accounts).toHaveLength(1)
    const patients = await db.selectFrom('resource').select('id').where('type', '=', 'Patient').execute()
    expect(patients).toEqual([{ id: accounts[0]?.patient }])
    expect(await db.selectFrom('withings_account').select('patient').execute()).toEqual(accounts)
    const entries = await db.selectFrom('audit_event').select('json').execute()
    const signUps = entries.filter(({ json }) => json.includes('"valueString":"sign-up"'))
    expect(signUps).toHaveLength(1)

    const tokens = await Promise.all(
      began.map(async ({ browser, finish }, n) => {
        const { agent } = browser
        const next = await agent.submit(pages[n] as (typeof pages)[number], johnsDetails)
        const isIn = next.html.includes('name="decision"')
        const consent = isIn ? next : await agent.open(await decideAtWithings(browser, next))
        return finish((await agent.submit(consent, { window: 'day', decision: 'allow' })).url)
      }),
    )
    for (const { patient } of tokens) expect(patient).toBe(accounts[0]?.patient)
  })
})
