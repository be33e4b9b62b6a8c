import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { LIMITS } from '../../../server/sign-in/secrets/rate-limit.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { refuseWrites } from '../../fixtures/refuse-writes.ts'
import { authorizationUrl, carekey, discover } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent, type Page } from '../../fixtures/user-agent.ts'

const password = 'john-demo'
const typed = { username: 'john', password }

describe.each(engines)('F12 a right password is no failed try, on %s', (engine) => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store: engine })
  })
  afterAll(() => clinic.close())
  beforeEach(() => clinic.store.write((trx) => trx.deleteFrom('rate_limit').execute()))

  /** Sends a form as often as wrong passwords are checked, while the log cannot be written. */
  const sendInVain = async (send: () => Promise<Page>) => {
    const endRefusal = await refuseWrites(clinic.store, engine, 'insert on audit_event')
    const statuses = new Set<number>()
    for (let n = 0; n < LIMITS.account.failures; n++) statuses.add((await send()).status)
    await endRefusal()
    expect([...statuses]).toEqual([503])
  }

  it('when the sign-in at the organization’s pages cannot be logged', async () => {
    const agent = createUserAgent(clinic.url)
    const page = await agent.open('/login')
    await sendInVain(() => agent.submit(page, typed))
    expect((await agent.submit(page, typed)).url.pathname).toBe('/account')
  })

  it('when the sign-in for an application cannot be logged', async () => {
    const agent = createUserAgent(clinic.url)
    const asked = { application: carekey, scope: 'launch/patient patient/*.rs' }
    const url = await authorizationUrl(await discover(clinic.url), asked, 'v'.repeat(43))
    const page = await agent.open(url)
    await sendInVain(() => agent.submit(page, typed))
    expect((await agent.submit(page, typed)).url.pathname).toMatch(/^\/consent\//)
  })

  it('when the new password cannot be stored', async () => {
    const agent = createUserAgent(clinic.url)
    await agent.submit(await agent.open('/login'), typed)
    const page = await agent.open('/account/security')
    const change = { current: password, password: 'a brand new phrase', again: 'a brand new phrase' }
    await sendInVain(() => agent.submit(page, change))
    expect((await agent.submit(await agent.open('/login'), typed)).url.pathname).toBe('/account')
  })
})
