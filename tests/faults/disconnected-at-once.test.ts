import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../fixtures/organization.ts'
import { hasPostgres } from '../fixtures/postgres.ts'
import { startSecondServer } from '../fixtures/second-server.ts'
import { carekey, signIn } from '../fixtures/sign-in.ts'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { countWaiting } from '../fixtures/waits-for-lock.ts'

// On one server, the changes of one person take turns.
describe.runIf(hasPostgres)('a connection that is disconnected at two servers at once', () => {
  let clinic: TestOrganization
  let other: string
  let close: () => Promise<void>
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store: 'postgres' })
    const second = await startSecondServer(clinic)
    other = second.url
    close = second.close
  })
  afterAll(async () => {
    await close()
    await clinic.close()
  })

  it('J10 ends once: the log has one success, and one change that came too late', async () => {
    await signIn(clinic.url, { username: 'jane', application: carekey, scope: 'launch/patient patient/*.rs' })
    const browser = createUserAgent(clinic.url)
    const login = await browser.open('/login?next=/account')
    const page = await browser.submit(login, { username: 'jane', password: 'jane-demo' })
    const [link] = /\/account\/connections\/[^"]+/.exec(page.html) ?? []
    const question = await browser.open(`${link}/disconnect`)
    const atOther = createUserAgent(
      clinic.url,
      (url, init) => fetch(String(url).replace(clinic.url, other), init),
      new Map(browser.cookies),
    )
    const { answers } = await clinic.store.db.transaction().execute(async (trx) => {
      await trx.selectFrom('consent').select('grant_id').forUpdate().execute()
      const posts = [browser, atOther].map((agent) => agent.submit(question, { do: 'disconnect' }))
      await expect.poll(() => countWaiting(clinic.store.db), { timeout: 10_000 }).toBe(2)
      return { answers: Promise.all(posts) }
    })
    expect((await answers).map(({ status }) => status)).toEqual([200, 200])
    const rows = await clinic.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('subtype', '=', 'revoke')
      .execute()
    const outcomes = rows.map(({ json }) => JSON.parse(json))
    expect(outcomes.map(({ outcome, outcomeDesc }) => [outcome, outcomeDesc]).sort()).toEqual([
      ['0', undefined],
      ['4', 'changed_meanwhile'],
    ])
  })
})
