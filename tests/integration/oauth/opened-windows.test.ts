import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { authorizationUrl, carekey, discover } from '../../fixtures/sign-in.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

const VERIFIER = 'a-code-verifier-of-forty-three-characters-or-more'

describe('a page and the window that opened it', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => clinic.close())

  it('stay connected while an application waits for its code, and on no other page', async () => {
    const policies = new Map<string, string | null>()
    const agent = createUserAgent(clinic.url, async (input, init) => {
      const response = await fetch(input, init)
      const [, area = '', detail] = new URL(String(input)).pathname.split('/')
      policies.set(detail ? `${area}/…` : area, response.headers.get('cross-origin-opener-policy'))
      return response
    })
    const server = await discover(clinic.url)
    const request = { application: carekey, scope: 'launch/patient patient/*.rs' }
    const login = await agent.open(await authorizationUrl(server, request, VERIFIER))
    await agent.submit(login, { username: 'jane', password: 'jane-demo' })
    for (const path of ['/login', '/account', '/ehr']) await agent.open(path)
    expect(Object.fromEntries(policies)).toEqual({
      'oauth/…': 'unsafe-none',
      'login/…': 'unsafe-none',
      'consent/…': 'unsafe-none',
      login: 'same-origin',
      account: 'same-origin',
      ehr: 'same-origin',
    })
  })
})
