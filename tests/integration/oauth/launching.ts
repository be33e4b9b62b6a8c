import * as oauth from 'oauth4webapi'
import { putClient } from '../../../server/oauth/clients/clients.ts'
import type { TestOrganization } from '../../fixtures/organization.ts'
import { type Application, authorizationUrl, clientAuth, discover, insecure } from '../../fixtures/sign-in.ts'
import { createUserAgent, type Page, type UserAgent } from '../../fixtures/user-agent.ts'

/** An application that can be launched from the record system. */
export const growth: Application = {
  client_id: 'growth-chart',
  redirect_uri: 'https://growth.example/callback',
}

const metadata = {
  token_endpoint_auth_method: 'none' as const,
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code' as const],
  redirect_uris: [growth.redirect_uri],
}

/** Growth Chart, and a diary without a launch address. */
export const addGrowthChart = (clinic: TestOrganization) =>
  clinic.store.write(async (trx) => {
    await putClient(trx, {
      ...metadata,
      client_id: growth.client_id,
      client_name: 'Growth Chart',
      launch_uri: 'https://growth.example/launch?tenant=1',
    })
    await putClient(trx, { ...metadata, client_id: 'diary', client_name: 'Diary' })
  })

/** A browser that is signed in at the organization's own pages. */
export const atEhr = async (clinic: TestOrganization, username = 'lee'): Promise<UserAgent> => {
  const agent = createUserAgent(clinic.url)
  await agent.submit(await agent.open('/login?next=/ehr'), { username, password: `${username}-demo` })
  return agent
}

/** Opens the launch's address, clicks its button, and returns the page of the application. */
export const launchFrom = async (
  agent: UserAgent,
  query: string,
  client_id = growth.client_id,
): Promise<URL> => {
  const page = await agent.open(`/ehr/launch?client_id=${client_id}&${query}`)
  return (await agent.submit(page, { client_id })).url
}

export interface Flow {
  readonly agent: UserAgent
  /** The authorization's `state`. */
  page: Page
  readonly verifier: string
}

/** Sends the application's request in this browser. */
export const askFor = async (
  clinic: TestOrganization,
  agent: UserAgent,
  scope: string,
  parameters: Record<string, string | undefined> = {},
  application = growth,
): Promise<Flow> => {
  const verifier = oauth.generateRandomCodeVerifier()
  const url = await authorizationUrl(await discover(clinic.url), { application, scope, parameters }, verifier)
  return { agent, page: await agent.open(url), verifier }
}

export const passwordOf = async (flow: Flow, username: string): Promise<void> => {
  flow.page = await flow.agent.submit(flow.page, { username, password: `${username}-demo` })
}

export const fill = async (flow: Flow, fields: Record<string, string>): Promise<void> => {
  flow.page = await flow.agent.submit(flow.page, fields)
}

export const allowAll = (flow: Flow, window = 'hour'): Promise<void> =>
  fill(flow, { window, decision: 'allow' })

/** Redeems the code that the application received. */
export const redeem = async (
  clinic: TestOrganization,
  { page, verifier }: Flow,
  application = growth,
): Promise<oauth.TokenEndpointResponse> => {
  const server = await discover(clinic.url)
  const client = { client_id: application.client_id }
  const answer = oauth.validateAuthResponse(server, client, page.url, oauth.skipStateCheck)
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    clientAuth(application),
    answer,
    application.redirect_uri,
    verifier,
    insecure,
  )
  return oauth.processAuthorizationCodeResponse(server, client, response)
}
