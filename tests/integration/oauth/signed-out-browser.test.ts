import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent, type UserAgent } from '../../fixtures/user-agent.ts'
import {
  addGrowthChart,
  allowAll,
  askFor,
  atEhr,
  type Flow,
  fill,
  launchFrom,
  passwordOf,
} from './launching.ts'

const SCOPE = 'launch openid fhirUser patient/*.rs offline_access'
const MINUTE = 60_000

describe.each(engines)('an open consent page after its person has left the browser, on %s', (store) => {
  let now = Date.now()
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', clock: () => now, store })
    await addGrowthChart(clinic)
  })
  afterAll(() => clinic.close())

  const launched = async (agent: UserAgent): Promise<Flow> => {
    const launch = (await launchFrom(agent, 'patient=jane-doe')).searchParams.get('launch') ?? ''
    const flow = await askFor(clinic, agent, SCOPE, { launch })
    expect(flow.page.html).toContain('signed in as Dr. Morgan Lee')
    return flow
  }
  const signedInTo = async (agent: UserAgent, username = 'john'): Promise<Flow> => {
    const flow = await askFor(clinic, agent, 'openid patient/*.rs offline_access')
    await passwordOf(flow, username)
    expect(flow.page.html).toContain('value="allow"')
    return flow
  }
  const signOut = async (agent: UserAgent) => agent.submit(await agent.open('/account'), { do: 'sign-out' })
  const signIn = async (agent: UserAgent, username: string) =>
    agent.submit(await agent.open('/login'), { username, password: `${username}-demo` })
  const expectOver = async (flow: Flow) => {
    const seen = await flow.agent.open(flow.page.url)
    expect([seen.status, seen.html.includes('value="allow"')]).toEqual([400, false])
    await allowAll(flow)
    expect([flow.page.status, flow.page.url.origin]).toEqual([400, clinic.url])
  }

  it('is over when the clinician who launched it signs out', async () => {
    const flow = await launched(await atEhr(clinic))
    await signOut(flow.agent)
    await signIn(flow.agent, 'john')
    await expectOver(flow)
  })

  it('is over when the session that the launch signed in from has ended', async () => {
    const flow = await launched(await atEhr(clinic))
    await clinic.store.write(async (trx) => {
      await trx.deleteFrom('oauth_record').where('model', '=', 'PersonSession').execute()
    })
    await expectOver(flow)
  })

  it('asks for the password if that session ends between the decision and the code', async () => {
    const flow = await launched(await atEhr(clinic))
    const stay = createUserAgent(
      clinic.url,
      (address, options) =>
        fetch(address, options).then(async (answer) => {
          if (String(answer.headers.get('location')).includes('/oauth/authorize/'))
            await clinic.store.write(async (trx) => {
              await trx.deleteFrom('oauth_record').where('model', '=', 'PersonSession').execute()
            })
          return answer
        }),
      new Map(flow.agent.cookies),
    )
    const answer = await stay.submit(flow.page, { window: 'hour', decision: 'allow' })
    expect(answer.url.pathname).toMatch(/^\/login\//)
  })

  it('is over when the person who gave the password there signs out', async () => {
    const agent = await atEhr(clinic, 'john')
    const flow = await signedInTo(agent)
    await signOut(agent)
    await expectOver(flow)
  })

  it.each(['here', 'at another authorization'])('is over when somebody else signs in %s', async (where) => {
    const flow = await signedInTo(createUserAgent(clinic.url))
    if (where === 'here') await signIn(flow.agent, 'jane')
    else await signedInTo(flow.agent, 'jane')
    await expectOver(flow)
  })

  it('goes on when the same person signs in, in other browsers, and where nobody is signed in yet', async () => {
    const flow = await signedInTo(createUserAgent(clinic.url))
    const other = await signedInTo(createUserAgent(clinic.url))
    const begun = await askFor(clinic, flow.agent, 'openid patient/*.rs')
    await signIn(flow.agent, 'john')
    await signIn(createUserAgent(clinic.url), 'jane')
    await allowAll(flow)
    expect(flow.page.url.searchParams.has('code')).toBe(true)
    await signOut(flow.agent)
    await allowAll(other)
    expect(other.page.url.searchParams.has('code')).toBe(true)
    await passwordOf(begun, 'john')
    expect(begun.page.html).toContain('value="allow"')
  })

  it('goes on while the session does', async () => {
    const flow = await launched(await atEhr(clinic))
    now += 29 * MINUTE
    await allowAll(flow)
    expect(flow.page.url.searchParams.has('code')).toBe(true)
  })

  it.each(['openid', 'client.register'])(
    'with %s, ends a launch that somebody else is at, and signs nobody in',
    async (more) => {
      const agent = await atEhr(clinic)
      const launch = (await launchFrom(agent, 'patient=jane-doe')).searchParams.get('launch') ?? ''
      const scope = `launch ${more}${more === 'openid' ? ' patient/*.rs' : ''}`
      const flow = await askFor(clinic, agent, scope, { launch })
      const signIns = () =>
        clinic.store.db
          .selectFrom('audit_event')
          .select('seq')
          .where('outcome', '=', '0')
          .where('subtype', '=', 'sign-in')
          .execute()
      const before = await signIns()
      expect(before).not.toEqual([])
      await fill(flow, { decision: 'switch' })
      expect(flow.page.html).toContain('This launch has ended')
      expect(flow.page.html).toContain('href="/login?next=/ehr"')
      expect(await signIns()).toEqual(before)
      expect((await agent.open('/ehr')).url.pathname, 'is signed out').toBe('/login')
      const again = await askFor(clinic, await atEhr(clinic), scope, { launch })
      expect(again.page.url.searchParams.get('error')).toBe('invalid_request')
    },
  )
})
