import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { authorizationUrl, carekey, discover } from '../../fixtures/sign-in.ts'
import { createUserAgent, type UserAgent } from '../../fixtures/user-agent.ts'

const SCOPE = 'openid fhirUser offline_access launch/patient patient/*.rs user/*.rs'

describe('a browser that two people use', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => clinic.close())

  const verifier = oauth.generateRandomCodeVerifier()
  /** Sends the request as the extension does: the password is required each time. */
  const openLogin = async (agent: UserAgent) => {
    const server = await discover(clinic.url)
    const request = { application: carekey, scope: SCOPE, parameters: { prompt: 'login consent' } }
    return agent.open(await authorizationUrl(server, request, verifier))
  }
  const consentOf = async (agent: UserAgent, username: string) =>
    agent.submit(await openLogin(agent), { username, password: `${username}-demo` })
  const decide = async (agent: UserAgent, username: string, decision: string) =>
    agent.submit(await consentOf(agent, username), { decision, window: 'hour' })

  for (const decision of ['allow', 'deny'])
    it(`asks the second person for consent after the first one chose ${decision}`, async () => {
      const agent = createUserAgent(clinic.url)
      expect((await decide(agent, 'john', decision)).status).toBe(0)
      expect((await consentOf(agent, 'jane')).html).toContain('signed in as Jane Doe')
      expect((await decide(agent, 'jane', 'allow')).url.searchParams.has('code')).toBe(true)
    })

  it("keeps the first person's grants when the second one signs in", async () => {
    const agent = createUserAgent(clinic.url)
    const returnAddress = (await decide(agent, 'john', 'allow')).url
    const answer = await fetch(`${clinic.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: carekey.client_id,
        code: returnAddress.searchParams.get('code') ?? '',
        redirect_uri: carekey.redirect_uri,
        code_verifier: verifier,
      }),
    })
    const { access_token } = (await answer.json()) as { access_token: string }
    await decide(agent, 'jane', 'allow')
    const headers = { authorization: `Bearer ${access_token}` }
    expect((await fetch(`${clinic.url}/fhir/Patient/john-doe`, { headers })).status).toBe(200)
  })
})

describe('a browser with two organizations on one machine', () => {
  const organizations: TestOrganization[] = []
  beforeAll(async () => {
    for (const demo of ['riverside', 'pulse'] as const) organizations.push(await startOrganization({ demo }))
  })
  afterAll(async () => {
    for (const organization of organizations) await organization.close()
  })

  it('stays signed in to each of them', async () => {
    const cookies = new Map<string, string>()
    const agents = organizations.map(({ url }) => createUserAgent(url, fetch, cookies))
    const person = { username: 'john', password: 'john-demo' }
    for (const agent of agents) await agent.submit(await agent.open('/login'), person)
    for (const agent of agents) expect((await agent.open('/account')).url.pathname).toBe('/account')
    // Signing out of one signs nobody out of the other.
    const [first, second] = agents
    await first?.submit(await first.open('/account'), { do: 'sign-out' })
    expect((await first?.open('/account'))?.url.pathname).toBe('/login')
    expect((await second?.open('/account'))?.url.pathname).toBe('/account')
  })
})
