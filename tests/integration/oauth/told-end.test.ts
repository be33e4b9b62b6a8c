import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { authorizationUrl, carekey, discover } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent, type Page, type UserAgent } from '../../fixtures/user-agent.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const CONTINUED = 'openid offline_access patient/*.rs'

describe.each(engines)('the end of access that the consent page names, on %s', (store) => {
  // A morning, because the page says "today", and names no seconds.
  let now = Math.ceil(Date.now() / DAY) * DAY + 9 * 60 * MINUTE
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({
      demo: 'riverside',
      clock: () => now,
      store,
      windows: { patient: 10 * MINUTE },
    })
  })
  afterAll(() => clinic.close())

  const showConsent = async (scope = CONTINUED) => {
    now += MINUTE
    const application = { application: carekey, scope }
    const url = await authorizationUrl(
      await discover(clinic.url),
      application,
      oauth.generateRandomCodeVerifier(),
    )
    const agent = createUserAgent(url.origin)
    const page = await agent.submit(await agent.open(url), { username: 'john', password: 'john-demo' })
    return { agent, page, shownAt: now }
  }
  const shownAtOf = ({ html }: Page) => /name="shown_at" value="([^"]+)"/.exec(html)?.[1] ?? ''
  const allow = (agent: UserAgent, page: Page, shown_at = shownAtOf(page)) =>
    agent.submit(page, { decision: 'allow', shown_at })
  const namedIn = ({ html }: Page) => /today at (\d\d:\d\d)/.exec(html)?.[1]
  const minuteOf = (time: number) => new Date(time).toISOString().slice(11, 16)
  const checkedIn = ({ html }: Page) =>
    (html.match(/<input [^>]*>/g) ?? [])
      .filter((input) => / checked/.test(input))
      .map((input) => /value="([^"]*)"/.exec(input)?.[1])
  const lastEntry = () =>
    clinic.store.db
      .selectFrom('audit_event')
      .select(['outcome', 'json'])
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()
  const hasCode = ({ url }: Page) => url.searchParams.has('code')
  const consents = () =>
    clinic.store.db.selectFrom('consent').select('expires_at').orderBy('created_at', 'desc').execute()

  it.each([CONTINUED, 'openid patient/*.rs'])(
    'is the end of the grant, however long the person looks at the page: %s',
    async (scope) => {
      const { agent, page, shownAt } = await showConsent(scope)
      expect(namedIn(page)).toBe(minuteOf(shownAt + 10 * MINUTE))
      now += 9 * MINUTE
      expect(hasCode(await allow(agent, page))).toBe(true)
      expect((await consents())[0]?.expires_at).toBe(shownAt + 10 * MINUTE)
    },
  )

  it('is named anew if it has passed before the person decides', async () => {
    const { agent, page } = await showConsent()
    const before = await consents()
    now += 10 * MINUTE
    const again = await agent.submit(page, { allow: 'identity', decision: 'allow' })
    expect(hasCode(again)).toBe(false)
    expect(await consents()).toEqual(before)
    expect(namedIn(again)).toBe(minuteOf(now + 10 * MINUTE))
    expect(again.html).toMatch(/role="alert"[^>]*>Nothing was allowed/)
    expect(checkedIn(again), 'as it was chosen').toEqual(['identity', 'visit'])
    expect(await lastEntry()).toMatchObject({
      outcome: '4',
      json: expect.stringContaining('"changed_meanwhile"'),
    })
    expect(hasCode(await allow(agent, again))).toBe(true)
    expect((await consents())[0]?.expires_at).toBe(now + 10 * MINUTE)
  })

  it.each([
    ['none', () => ''],
    ['a later one', (sealed: string) => sealed.replace(/^\d+/, (time) => String(Number(time) + MINUTE))],
    ['one without its seal', (sealed: string) => sealed.replace(/\..*/, '')],
  ])('is named anew if the form brings back another moment than it was given: %s', async (_name, change) => {
    const { agent, page } = await showConsent()
    const before = await consents()
    const again = await allow(agent, page, change(shownAtOf(page)))
    expect(hasCode(again)).toBe(false)
    expect(again.html).toContain('name="shown_at"')
    expect(await consents()).toEqual(before)
  })

  it('is named anew if the moment is that of another authorization', async () => {
    const { page: other } = await showConsent()
    const { agent, page } = await showConsent()
    expect(hasCode(await allow(agent, page, shownAtOf(other)))).toBe(false)
  })

  it('J10 is named anew, with the application, if that has another name or registration by now', async () => {
    const { agent, page } = await showConsent()
    const clients = () => clinic.store.db.selectFrom('oauth_record').where('model', '=', 'Client')
    const { payload } = await clients()
      .where('id', '=', carekey.client_id)
      .select('payload')
      .executeTakeFirstOrThrow()
    const rename = (changes: object) =>
      clinic.store.write((trx) =>
        trx
          .updateTable('oauth_record')
          .set({ payload: JSON.stringify({ ...JSON.parse(payload), ...changes }) })
          .where('model', '=', 'Client')
          .where('id', '=', carekey.client_id)
          .execute(),
      )
    await rename({ client_name: 'Another Broker' })
    const again = await allow(agent, page)
    expect(hasCode(again)).toBe(false)
    expect(again.html).toContain('Another Broker')
    await rename({ client_id_issued_at: 1_700_000_000 })
    expect(hasCode(await allow(agent, again))).toBe(false)
    await rename({})
    expect(hasCode(await allow(agent, page))).toBe(true)
  })
})
