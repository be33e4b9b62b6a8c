import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { authorizationUrl, carekey, discover } from '../../fixtures/sign-in.ts'
import { createUserAgent, type Page, type UserAgent } from '../../fixtures/user-agent.ts'

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'
const OFFLINE = 'openid launch/patient offline_access patient/*.rs'

describe('the consent page', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => clinic.close())

  const verifier = oauth.generateRandomCodeVerifier()
  const ask = async (
    scope: string,
    {
      username = 'john',
      parameters = {},
      organization = clinic,
    }: { username?: string; parameters?: Record<string, string>; organization?: TestOrganization } = {},
  ): Promise<{ agent: UserAgent; page: Page }> => {
    const server = await discover(organization.url)
    const agent = createUserAgent(organization.url)
    const url = await authorizationUrl(server, { application: carekey, scope, parameters }, verifier)
    const page = await agent.submit(await agent.open(url), { username, password: `${username}-demo` })
    return { agent, page }
  }
  const redeem = async (page: Page) => {
    const response = await fetch(`${clinic.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: carekey.client_id,
        code: page.url.searchParams.get('code') ?? '',
        redirect_uri: carekey.redirect_uri,
        code_verifier: verifier,
      }),
    })
    return (await response.json()) as { scope: string; refresh_token?: string; access_token: string }
  }
  const textOf = ({ html }: Page) => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')

  it('counts what would be shared, by kind of data', async () => {
    const { page } = await ask(OFFLINE)
    const { total } = await clinic.store.db
      .selectFrom('compartment')
      .where('patient', '=', 'john-doe')
      .where('type', 'in', ['Observation', 'DiagnosticReport'])
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow()
    expect(textOf(page)).toContain(`Vital signs and results ${total} readings`)
    expect(textOf(page)).toMatch(/Conditions and allergies (\d+ entr|nothing recorded)/)
  })

  it('names the person in the record, who may be another than the account suggests', async () => {
    const other = await startOrganization({ demo: 'riverside' })
    const name = [{ given: ['Anna'], family: 'Exner' }]
    const anna = { resourceType: 'Patient', id: 'john-doe', name, birthDate: '1990-02-03' }
    await other.store.write((trx) => putResource(trx, anna, Date.now()))
    const { page } = await ask(OFFLINE, { organization: other })
    expect(textOf(page)).toContain('The record of Anna Exner, born 3 Feb 1990')
    await other.store.write((trx) => trx.deleteFrom('resource').where('id', '=', 'john-doe').execute())
    const { page: without } = await ask(OFFLINE, { organization: other })
    expect(textOf(without)).toContain('The name in this record cannot be shown now.')
    expect(textOf(without)).toContain('Who you are')
    await other.close()
  })

  it('names devices, which no list of visits shows', async () => {
    const pulse = await startOrganization({ demo: 'pulse' })
    const { page } = await ask(OFFLINE, { organization: pulse })
    expect(textOf(page)).toContain('Visits and care 2 devices')
    await pulse.close()
  })

  it('counts documents and plans apart from visits and procedures, which the list of that name shows', async () => {
    const pulse = await startOrganization({ demo: 'pulse' })
    const subject = { reference: 'Patient/pd-john-doe' }
    await pulse.store.write(async (trx) => {
      for (const resource of [
        { resourceType: 'Encounter', id: 'visit', status: 'finished', class: { code: 'AMB' }, subject },
        { resourceType: 'CarePlan', id: 'plan', status: 'active', intent: 'plan', subject },
      ])
        await putResource(trx, resource, Date.now())
    })
    const { page } = await ask(OFFLINE, { organization: pulse })
    expect(textOf(page)).toContain('Visits and care 1 entry, 1 document or plan, 2 devices')
    await pulse.close()
  })

  it('counts only the requested types, and only what a limit reaches', async () => {
    const { total } = await clinic.store.db
      .selectFrom('index_token')
      .innerJoin('compartment', 'compartment.key', 'index_token.key')
      .where('compartment.patient', '=', 'john-doe')
      .where('index_token.param', '=', 'category')
      .where('index_token.code', '=', 'laboratory')
      .where('index_token.type', '=', 'Observation')
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow()
    expect(Number(total)).toBeGreaterThan(0)
    const { page } = await ask(`launch/patient patient/Observation.rs?category=${CATEGORY}|laboratory`)
    expect(textOf(page)).toContain(`Laboratory results ${total} entries only these`)
    expect(page.html.match(/type="checkbox"/g)).toHaveLength(1)
  })

  it('names the application, its address, and since when it is registered', async () => {
    const { page } = await ask(OFFLINE)
    expect(textOf(page)).toContain('Carekey wants to read from your record')
    expect(textOf(page)).toContain('A browser extension, registered here on')
    expect(textOf(page)).toContain(`or at ${clinic.url}/account`)
  })

  it('offers five windows that end at five times, and only the visit if staying connected is not requested', async () => {
    const values = ({ html }: Page) =>
      [...html.matchAll(/type="radio" name="window" value="(\w+)"/g)].map(([, name]) => name)
    const ends = ({ html }: Page) =>
      [...html.matchAll(/id="ends-\w+">([^<]*)</g)].map(([, words = '']) =>
        words.replace(/^(only while you use it, |until )| at the latest$/g, ''),
      )
    const windows = ['visit', 'hour', 'day', 'month', 'open']
    const staying = await ask(OFFLINE)
    expect(values(staying.page)).toEqual(windows)
    expect(staying.page.html).not.toContain('It does not ask to stay connected')
    expect(ends(staying.page)).toHaveLength(5)
    expect(new Set(ends(staying.page)).size, ends(staying.page).join()).toBe(5)
    expect(textOf(staying.page)).toMatch(/This visit only while you use it, .* at the latest 1 hour until /)
    // The chosen one stands beside the buttons too, because the choices may be out of view; the stylesheet shows only that one.
    const windowsOn = ({ html }: Page) => [...html.matchAll(/data-window="(\w+)"/g)].map(([, name]) => name)
    expect(windowsOn(staying.page)).toEqual(windows)
    const { agent, page } = await ask('openid launch/patient patient/*.rs')
    expect(values(page)).toEqual(['visit'])
    expect(windowsOn(page)).toEqual([])
    expect(textOf(page)).toMatch(
      /How long This visit Carekey does not ask to stay connected: access ends when you sign out there, (?:today at|\d+ \w+,) [\d:]+ UTC at the latest\./,
    )
    const token = await redeem(await agent.submit(page, { window: 'open', decision: 'allow' }))
    expect(token.refresh_token).toBeUndefined()
    const consent = await clinic.store.db
      .selectFrom('consent')
      .selectAll()
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow()
    // It counts from when the page was shown, a moment before.
    expect(Math.round((consent.expires_at - consent.created_at) / 60_000)).toBe(60)
    expect(consent.window).toBe('visit')
  })

  it('grants what was chosen, says so, and a further request gives no more', async () => {
    const { agent, page } = await ask(OFFLINE)
    const token = await redeem(
      await agent.submit(page, { allow: 'conditions', window: 'day', decision: 'allow' }),
    )
    const scope = 'openid launch/patient offline_access patient/Condition.rs patient/AllergyIntolerance.rs'
    expect(token.scope).toBe(scope)
    const refresh = (more: Record<string, string>) =>
      fetch(`${clinic.url}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          client_id: carekey.client_id,
          refresh_token: token.refresh_token ?? '',
          ...more,
        }),
      })
    expect((await refresh({ scope: OFFLINE })).status).toBe(400)
    expect(await (await refresh({})).json()).toMatchObject({ scope })
  })

  it('offers no Allow to an account that cannot give any of the access, and says why', async () => {
    const { agent, page } = await ask('openid client.register user/AuditEvent.rs', { username: 'lee' })
    expect(page.html).toContain('Dr. Morgan Lee is not an administrator here')
    expect(page.html).not.toContain('value="allow"')
    expect(page.html).not.toContain('name="window"')
    const forced = await agent.submit(page, { decision: 'allow' })
    expect(forced.url.searchParams.get('error')).toBe('access_denied')

    const other = await ask('openid patient/*.rs', { username: 'admin' })
    expect(textOf(other.page)).toContain('This account cannot give what Carekey asks for')
    const login = await other.agent.submit(other.page, { decision: 'switch' })
    expect(login.html).toContain('name="password"')
  })

  it('logs a Deny and an unfinished sign-in as the person’s own doing', async () => {
    for (const decision of ['deny', 'switch']) {
      const { agent, page } = await ask(OFFLINE)
      await agent.submit(page, { decision })
    }
    const agent = createUserAgent(clinic.url)
    await agent.submit(await agent.open('/login'), { username: 'john', password: 'john-demo' })
    const log = textOf(await agent.open('/account/log'))
    expect(log).toContain('John Doe through Carekey did not allow it')
    expect(log).toContain('John Doe through Carekey did not finish signing in')
  })

  it('uses the language that the application requests', async () => {
    const { agent, page } = await ask(OFFLINE, { parameters: { ui_locales: 'fr es' } })
    expect(page.html).toContain('<html lang="es">')
    expect(textOf(page)).toContain('Carekey quiere leer de su historia clínica')
    const again = await agent.submit(page, { allow: '', decision: 'allow' })
    expect(textOf(again)).toContain('Elija al menos una opción')
  })
})
