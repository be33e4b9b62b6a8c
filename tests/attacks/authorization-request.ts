import { generateRandomCodeVerifier } from 'oauth4webapi'
import { type Application, authorizationUrl, discover } from '../fixtures/sign-in.ts'
import { createUserAgent, type Page, type UserAgent } from '../fixtures/user-agent.ts'
import type { Attack } from './attack.ts'
import { applications } from './people.ts'

export interface Asked {
  readonly application?: Application
  readonly scope?: string
  /** Added to the authorization request; undefined removes a parameter. */
  readonly parameters?: Record<string, string | undefined>
}

/** A browser that was sent to the authorization endpoint, and the page or redirect it got. */
export interface Visit {
  readonly agent: UserAgent
  readonly page: Page
  readonly verifier: string
  readonly application: Application
}

/** An authorization request that any browser can open. */
export const authorizationOf = async (
  attack: Attack,
  asked: Asked = {},
): Promise<{ url: URL; verifier: string; application: Application }> => {
  const { application = applications.ext, scope = 'openid launch/patient patient/*.rs offline_access' } =
    asked
  const verifier = generateRandomCodeVerifier()
  const request = { application, scope, ...(asked.parameters && { parameters: asked.parameters }) }
  const url = await authorizationUrl(await discover(attack.server.url), request, verifier)
  return { url, verifier, application }
}

export const ask = async (attack: Attack, request: Asked = {}): Promise<Visit> => {
  const { url, verifier, application } = await authorizationOf(attack, request)
  const agent = createUserAgent(attack.server.url, attack.fetch)
  return { agent, page: await agent.open(url), verifier, application }
}

/** Signs in and returns the consent page. */
export const logIn = async (visit: Visit, username = 'anna'): Promise<Visit> => {
  const page = await visit.agent.submit(visit.page, { username, password: `${username}-demo` })
  return { ...visit, page }
}

/** Decides there, and returns to the application. */
export const decide = async (visit: Visit, decision: 'allow' | 'deny' = 'allow'): Promise<Visit> => {
  // An account that cannot give any access is offered no windows.
  const choice = visit.page.html.includes('name="window"') ? { window: 'hour' } : {}
  const page = await visit.agent.submit(visit.page, { ...choice, decision })
  return { ...visit, page }
}

/** The form that redeems the code of an answered visit at the token endpoint. */
export const codeForm = ({ page, verifier, application }: Visit, more: Record<string, string> = {}) => ({
  grant_type: 'authorization_code',
  code: page.url.searchParams.get('code') ?? '',
  redirect_uri: application.redirect_uri,
  code_verifier: verifier,
  ...more,
})

/** POSTs a form to an endpoint with this application's credentials. */
export const post = (
  attack: Attack,
  path: string,
  { client_id, client_secret }: Application,
  form: Record<string, string>,
) =>
  attack.send(path, {
    method: 'POST',
    body: new URLSearchParams(client_secret === undefined ? { ...form, client_id } : form),
    headers:
      client_secret === undefined
        ? {}
        : { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` },
  })
