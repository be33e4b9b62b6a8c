import { randomUUID } from 'node:crypto'
import { calculatePKCECodeChallenge, generateRandomCodeVerifier } from 'oauth4webapi'
import { putClient } from '../../../server/oauth/clients/clients.ts'
import type { Store } from '../../../server/store/store.ts'
import type { TestOrganization } from '../../fixtures/organization.ts'
import { asResourceServer } from '../../fixtures/resource-server.ts'
import { createUserAgent, type Page, type UserAgent } from '../../fixtures/user-agent.ts'

/** What an application can do next, once it has been registered, has asked, and has been allowed. */
export const STEPS = [
  'authorize',
  'sign in',
  'consent',
  'return',
  'code',
  'refresh',
  'read',
  'search',
  'userinfo',
  'introspection',
  'launch',
  'launched',
] as const
export type Step = (typeof STEPS)[number]

/** Of each step: the granted scope in alphabetical order, `open` where a step has none, or `refused`. */
export type Outcomes = Readonly<Record<Step, string>>

/** An application with everything open that it can have open. */
export interface OpenedApplication {
  readonly clientId: string
  /** Carries out every step. */
  next(): Promise<Outcomes>
  /** Shows the consent page again. */
  consentPage(): Promise<string>
}

const REDIRECT = 'https://viewer.example/callback'
const SECRET = 'secret-of-an-application-that-changes'
export const SCOPE = 'launch launch/patient offline_access openid patient/*.rs'

/** The registration before it changes. */
export const REGISTRATION = {
  client_name: 'Viewer',
  client_secret: SECRET,
  redirect_uris: [REDIRECT],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code' as const],
  token_endpoint_auth_method: 'client_secret_basic' as const,
  launch_uri: 'https://viewer.example/launch',
  scope: SCOPE,
}

interface Visit {
  readonly agent: UserAgent
  readonly page: Page
  readonly verifier: string
}

/** Opens everything as jane and lee at the demo organization `riverside`, which needs a resource server. */
export const openApplication = async ({
  url,
  store,
}: Pick<TestOrganization, 'url' | 'store'>): Promise<OpenedApplication> => {
  const clientId = `viewer-${randomUUID()}`
  await store.write((trx) => putClient(trx, { ...REGISTRATION, client_id: clientId }))
  const basic = `Basic ${Buffer.from(`${clientId}:${SECRET}`).toString('base64')}`

  const authorize = async (
    agent = createUserAgent(url),
    more: Record<string, string> = {},
  ): Promise<Visit> => {
    const verifier = generateRandomCodeVerifier()
    const query = new URLSearchParams({
      ...{ response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, state: 'a-state' },
      ...{ scope: 'openid offline_access launch/patient patient/*.rs', aud: `${url}/fhir` },
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...more,
    })
    return { agent, page: await agent.open(`/oauth/authorize?${query}`), verifier }
  }
  const then = async (visit: Visit, fields: Record<string, string>): Promise<Visit> => ({
    ...visit,
    page: await visit.agent.submit(visit.page, fields),
  })
  const signIn = (visit: Visit) => then(visit, { username: 'jane', password: 'jane-demo' })
  /** Allows what the page shows, and what it shows anew if that has changed meanwhile. */
  const allow = async (visit: Visit): Promise<Visit> => {
    const fields = { window: 'day', decision: 'allow' }
    const answer = await then(visit, fields)
    return answer.page.html.includes('name="shown_at"') ? then(answer, fields) : answer
  }
  const askToken = async (form: Record<string, string>) => {
    const response = await fetch(`${url}/oauth/token`, {
      ...{ method: 'POST', headers: { authorization: basic }, body: new URLSearchParams(form) },
    })
    return (await response.json()) as { scope?: string; access_token?: string; refresh_token?: string }
  }
  const redeem = ({ page, verifier }: Visit) =>
    askToken({
      grant_type: 'authorization_code',
      code: page.url.searchParams.get('code') ?? '',
      redirect_uri: REDIRECT,
      code_verifier: verifier,
    })
  const launch = async (): Promise<{ agent: UserAgent; value: string }> => {
    const agent = createUserAgent(url)
    await agent.submit(await agent.open('/login?next=/ehr'), { username: 'lee', password: 'lee-demo' })
    const page = await agent.open(`/ehr/launch?client_id=${clientId}&patient=jane-doe`)
    const launched = await agent.submit(page, { client_id: clientId })
    return { agent, value: launched.url.searchParams.get('launch') ?? '' }
  }
  const present = ({ agent, value }: { agent: UserAgent; value: string }) =>
    authorize(agent, { launch: value, scope: 'openid offline_access launch patient/*.rs' })

  /** Allows everything, and returns once the browser is about to go back to the application; `end` lets it go. */
  const allowUntilReturn = async () => {
    const reached = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    let isDecided = false
    const agent = createUserAgent(url, async (input, init) => {
      if (isDecided && /\/oauth\/authorize\//.test(String(input))) {
        reached.resolve()
        await gate.promise
      }
      return fetch(input, init)
    })
    const visit = await signIn(await authorize(agent))
    isDecided = true
    const end = allow(visit)
    await reached.promise
    return async () => {
      gate.resolve()
      const answer = await end
      return answer.page.url.searchParams.has('code') ? scopeIn(await redeem(answer)) : 'refused'
    }
  }

  const login = await authorize()
  const endReturn = await allowUntilReturn()
  const consent = await signIn(await authorize())
  const answered = await allow(await signIn(await authorize()))
  const grant = await redeem(await allow(await signIn(await authorize())))
  const presented = await launch()
  const launched = await present(await launch())

  const get = async (path: string) => {
    const headers = { authorization: `Bearer ${grant.access_token}` }
    return (await fetch(`${url}${path}`, { headers })).ok ? 'open' : 'refused'
  }
  const introspect = async () => {
    const response = await fetch(`${url}/oauth/introspect`, {
      method: 'POST',
      headers: { authorization: asResourceServer },
      body: new URLSearchParams({ token: grant.access_token ?? '' }),
    })
    return scopeIn((await response.json()) as { scope?: string })
  }
  const leadsTo = async (visit: Promise<Visit>, path: RegExp) =>
    path.test((await visit).page.url.pathname) && (await visit).page.status === 200 ? 'open' : 'refused'
  const allowed = async (visit: Visit) => {
    if (!visit.page.html.includes('name="window"')) return 'refused'
    const answer = await allow(visit)
    return answer.page.url.searchParams.has('code') ? scopeIn(await redeem(answer)) : 'refused'
  }

  return {
    clientId,
    consentPage: async () => (await consent.agent.open(consent.page.url)).html,
    next: async () => ({
      authorize: await leadsTo(authorize(), /^\/login\//),
      'sign in': await leadsTo(signIn(login), /^\/consent\//),
      consent: await allowed(consent),
      return: await endReturn(),
      code: scopeIn(await redeem(answered)),
      read: await get(`/fhir/Patient/jane-doe`),
      search: await get('/fhir/Observation?_count=1'),
      userinfo: await get('/oauth/userinfo'),
      introspection: await introspect(),
      // After the others, because it replaces the refresh token.
      refresh: scopeIn(
        await askToken({ grant_type: 'refresh_token', refresh_token: grant.refresh_token ?? '' }),
      ),
      launch: await leadsTo(present(presented), /^\/consent\//),
      launched: await allowed(launched),
    }),
  }
}

const scopeIn = ({ scope }: { scope?: string }): string => scope?.split(' ').sort().join(' ') || 'refused'

/** Changes the registration where it is stored, as any process of the organization may do at any moment. */
export const changeRegistration = async (
  store: Store,
  clientId: string,
  change: Readonly<Record<string, unknown>>,
): Promise<void> => {
  await store.write(async (trx) => {
    const { payload } = await trx
      .selectFrom('oauth_record')
      .select('payload')
      .where('model', '=', 'Client')
      .where('id', '=', clientId)
      .executeTakeFirstOrThrow()
    await trx
      .updateTable('oauth_record')
      .set({ payload: JSON.stringify({ ...JSON.parse(payload), ...change }) })
      .where('model', '=', 'Client')
      .where('id', '=', clientId)
      .execute()
  })
}
