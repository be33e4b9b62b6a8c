import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { engines } from '../../fixtures/store.ts'
import { obtainCode, redeem, refresh } from '../../fixtures/token-requests.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

describe.each(engines)('an incident that a person is told about, on %s', (store) => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
  })
  afterAll(() => clinic.close())

  const accountOf = async (username: string, ui_locales = 'en') => {
    const agent = createUserAgent(clinic.url)
    const login = await agent.open(`/login?${new URLSearchParams({ ui_locales })}`)
    const { html } = await agent.submit(login, { username, password: `${username}-demo` })
    return { html, log: (await agent.open('/account/log')).html }
  }
  const endings = async () => {
    const rows = await clinic.store.db.selectFrom('consent').select('ended_because').execute()
    return rows.map((row) => row.ended_because)
  }

  it('A09 a code that was redeemed twice', async () => {
    const code = await obtainCode(clinic.url)
    const { body } = await redeem(clinic.url, code)
    expect((await accountOf('john')).html).not.toContain('A connection of Carekey ended')
    expect((await redeem(clinic.url, code)).status).toBe(400)
    expect((await refresh(clinic.url, body.refresh_token)).status).toBe(400)
    const { html, log } = await accountOf('john')
    expect(html).toMatch(
      /A connection of Carekey ended today at .*the code of its sign-in was used a second time/,
    )
    expect(log).toContain('the code of a sign-in was used again')
    expect((await accountOf('john', 'es')).html).toContain('inicio de sesión se usó por segunda vez')
    expect((await accountOf('jane')).html).not.toContain('A connection of Carekey ended')
    expect(await endings()).toEqual(['code_reuse_detected'])
  })

  it('A10 a code that several applications redeemed at once', async () => {
    const code = await obtainCode(clinic.url)
    const statuses = await Promise.all([1, 2, 3].map(async () => (await redeem(clinic.url, code)).status))
    expect(statuses.toSorted()).toEqual([200, 400, 400])
    expect(await endings()).toEqual(['code_reuse_detected', 'code_reuse_detected'])
  })

  it('A06 a code that was never redeemed is not an incident', async () => {
    const code = await obtainCode(clinic.url)
    expect((await redeem(clinic.url, { ...code, verifier: 'v'.repeat(43) })).status).toBe(400)
    expect((await redeem(clinic.url, { ...code, verifier: 'w'.repeat(43) })).status).toBe(400)
    expect((await endings()).filter((because) => because === null)).toHaveLength(1)
  })
})
