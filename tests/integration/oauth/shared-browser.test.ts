import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { authorizationUrl, carekey, discover, signIn } from '../../fixtures/sign-in.ts'
import { createUserAgent, type UserAgent } from '../../fixtures/user-agent.ts'

const SCOPE = 'openid fhirUser offline_access launch/patient patient/*.rs user/*.rs'

describe('a browser that two people use', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => clinic.close())

  /** As the extension asks: the password is wanted each time. */
  const openLogin = async (agent: UserAgent) => {
    const server = await discover(clinic.url)
    const request = { application: carekey, scope: SCOPE, parameters: { prompt: 'login consent' } }
    return agent.open(await authorizationUrl(server, request, oauth.generateRandomCodeVerifier()))
  }
  const consentOf = async (agent: UserAgent, username: string) =>
    agent.submit(await openLogin(agent), { username, password: `${username}-demo` })
  const decide = async (agent: UserAgent, username: string, decision: string) =>
    agent.submit(await consentOf(agent, username), { decision, window: 'hour' })

  for (const decision of ['allow', 'deny'])
    it(`asks the second one for consent after the first one chose ${decision}`, async () => {
      const agent = createUserAgent(clinic.url)
      expect((await decide(agent, 'john', decision)).status).toBe(0)
      expect((await consentOf(agent, 'jane')).html).toContain('signed in as Jane Doe')
      expect((await decide(agent, 'jane', 'allow')).url.searchParams.has('code')).toBe(true)
    })

  it('keeps what the first one allowed when the second one signs in', async () => {
    const { access_token } = await signIn(clinic.url, {
      username: 'john',
      scope: SCOPE,
      application: carekey,
    })
    const agent = createUserAgent(clinic.url)
    await decide(agent, 'john', 'allow')
    await decide(agent, 'jane', 'allow')
    const answer = await fetch(`${clinic.url}/fhir/Patient/john-doe`, {
      headers: { authorization: `Bearer ${access_token}` },
    })
    expect(answer.status).toBe(200)
  })
})
