import { sql } from 'kysely'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putClient } from '../../../server/oauth/clients/clients.ts'
import type { Db } from '../../../server/store/schema.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { ownCookieName } from '../../fixtures/own-cookie-name.ts'
import { authorizationUrl, carekey, clientAuth, discover, insecure, signIn } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent, type Page, type UserAgent } from '../../fixtures/user-agent.ts'

const SCOPE = 'openid fhirUser offline_access launch/patient patient/*.rs'
const HOUR = 3_600_000
const PATIENT = 'Patient/john-doe'
const RESULTS = 'Observation?patient=john-doe'
const checker = {
  client_id: 'checker',
  redirect_uri: 'https://checker.example/',
  client_secret: 'checker-secret-0123456789',
}

interface Answer {
  access_token: string
  refresh_token: string
  scope: string
  expires_in: number
  access_grant_expiration: string
}

describe.each(engines)('S26 the account page, on %s', (store) => {
  let now = Date.now()
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', clock: () => now, store })
    await clinic.store.write((trx) =>
      putClient(trx, {
        client_id: checker.client_id,
        client_name: 'Checker',
        client_secret: checker.client_secret,
        token_endpoint_auth_method: 'client_secret_basic',
        resource_server: true,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [checker.redirect_uri],
      }),
    )
  })
  afterAll(() => clinic.close())

  const connect = async (
    username = 'john',
    scope = SCOPE,
    window: 'visit' | 'hour' | 'day' | 'month' | 'open' = 'day',
  ) => {
    now += 1000
    return (await signIn(clinic.url, { username, scope, application: carekey, window })) as unknown as Answer
  }
  const personCookie = ({ cookies }: UserAgent) => {
    const name = ownCookieName(clinic.url, 'person')
    return `${name}=${cookies.get(name)}`
  }
  const refresh = async (token: string) => {
    const response = await fetch(`${clinic.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        client_id: carekey.client_id,
        grant_type: 'refresh_token',
        refresh_token: token,
      }),
    })
    return { status: response.status, body: (await response.json()) as Answer }
  }
  const revoke = (token: string) =>
    fetch(`${clinic.url}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: carekey.client_id, token }),
    })
  /** The text of a page, without its elements. */
  const plain = ({ html }: Page): string => html.replaceAll(/<[^>]*>|\s+/g, ' ').replaceAll(/ +/g, ' ')
  const read = async (token: string, path: string) =>
    (await fetch(`${clinic.url}/fhir/${path}`, { headers: { authorization: `Bearer ${token}` } })).status
  const introspect = async (token: string) => {
    const server = { issuer: clinic.url, introspection_endpoint: `${clinic.url}/oauth/introspect` }
    const response = await oauth.introspectionRequest(
      server,
      { client_id: checker.client_id },
      clientAuth(checker),
      token,
      insecure,
    )
    return (await response.json()) as {
      active: boolean
      scope?: string
      exp?: number
      access_grant_expiration?: string
    }
  }
  const account = async (username = 'john'): Promise<{ agent: UserAgent; page: Page }> => {
    const agent = createUserAgent(clinic.url)
    const page = await agent.submit(await agent.open('/login'), { username, password: `${username}-demo` })
    return { agent, page }
  }
  /** The account page of the newest connection. */
  const newest = async (username = 'john') => {
    const { agent, page } = await account(username)
    const link = /href="(\/account\/connections\/[^"]+)"/.exec(page.html)?.[1] ?? ''
    return { agent, page: await agent.open(link) }
  }
  const entries = (kind: string) =>
    clinic.store.db
      .selectFrom('audit_event')
      .selectAll()
      .where('subtype', '=', kind)
      .orderBy('seq', 'desc')
      .limit(3)
      .execute()

  it('says in words what an application may read, until when, and when it was last used', async () => {
    const { access_token } = await connect('jane', SCOPE, 'open')
    expect((await account('jane')).page.html).toContain('not used yet')
    await read(access_token, 'Patient/jane-doe')
    const { html } = (await account('jane')).page
    expect(html).toContain('Carekey')
    expect(html).toContain('Vital signs and results')
    expect(html).toContain('at the latest')
    expect(html).toMatch(/last used today at/)

    // A read in the next minute, seconds later.
    now += 60_000 - (now % 60_000) + 59_000
    await read(access_token, 'Patient/jane-doe')
    now += 2000
    await read(access_token, 'Patient/jane-doe')
    const minute = new Date(now).toISOString().slice(11, 16)
    expect((await account('jane')).page.html).toContain(`last used today at ${minute}`)
  })

  it('tells two connections of one application apart, where they are listed and where one is disconnected', async () => {
    await connect('jane', SCOPE, 'day')
    const first = new Date(now).toISOString().slice(11, 16)
    now += 2 * 60_000
    const { access_token } = await connect('jane', SCOPE, 'day')
    const second = new Date(now).toISOString().slice(11, 16)
    await read(access_token, 'Patient/jane-doe')
    const used = `Carekey, allowed today at ${second} UTC, last used today at ${second} UTC`
    const { agent, page } = await newest('jane')
    expect(plain(page)).toContain(used.replace('Carekey', 'Carekey '))
    const all = await agent.open('/account')
    expect(plain(all)).toContain(`Carekey , allowed today at ${first} UTC, not used yet`)
    expect(all.html).toContain(`aria-label="Change or disconnect ${used}"`)
    const question = await agent.open(`${page.url.pathname}/disconnect`)
    expect(plain(question)).toContain(`${used}. May read: Who you are · `)
  })

  it('removes a kind of data: on the next request, at introspection, and for every refresh', async () => {
    const token = await connect()
    expect(await read(token.access_token, RESULTS)).toBe(200)
    const { agent, page } = await newest()
    expect(page.html).toContain('Vital signs and results')
    const result = await agent.submit(page, { allow: 'identity' })
    expect(result.html).toContain('now allows only what is listed here')
    expect(result.html).not.toContain('Vital signs and results')

    expect(await read(token.access_token, RESULTS)).toBe(403)
    expect(await read(token.access_token, PATIENT)).toBe(200)
    const scope = 'openid fhirUser launch/patient offline_access patient/Patient.rs'
    expect((await introspect(token.access_token)).scope).toBe(scope)

    const next = await refresh(token.refresh_token)
    expect(next.status).toBe(200)
    expect(next.body.scope).toBe(scope)
    expect(await read(next.body.access_token, RESULTS)).toBe(403)
    expect(await read(next.body.access_token, PATIENT)).toBe(200)
    const again = await refresh(next.body.refresh_token)
    expect(await read(again.body.access_token, RESULTS)).toBe(403)
    const [entry] = await entries('consent')
    expect(entry).toMatchObject({ outcome: '0', patient: 'john-doe', client_id: 'carekey' })
    expect(entry?.json).toContain(scope)

    const log = plain(await agent.open('/account/log'))
    expect(log).toContain('John Doe on these pages changed what Carekey may read, or for how long')
    expect(log).toContain('John Doe through Carekey decided what the application may read')
    expect(log).toContain('John Doe through Carekey renewed the key of the application')
  })

  it('does not remove everything when all boxes are cleared', async () => {
    const token = await connect()
    const { agent, page } = await newest()
    const answer = await agent.submit(page, { allow: '', window: 'hour' })
    expect(answer.html).toContain('end the connection')
    // The form stays as it was filled in, and the page says that the application still reads all of it.
    expect(answer.html).toContain('can still read all of this')
    expect(answer.html).not.toMatch(/<input type="checkbox"[^>]*\schecked/)
    expect(answer.html).toMatch(/<input type="radio" name="window" value="hour" checked/)
    expect(answer.html).not.toMatch(/value="keep" checked/)
    expect(await read(token.access_token, RESULTS)).toBe(200)
  })

  it('never restores a removed kind of data, nor gives more than was requested', async () => {
    const token = await connect(
      'john',
      `${SCOPE.replace('patient/*.rs', 'patient/Patient.rs patient/Observation.rs')}`,
    )
    const { agent, page } = await newest()
    const reduced = await agent.submit(page, { allow: 'identity' })
    const body = new URLSearchParams({
      form_token: /name="form_token" value="([^"]+)"/.exec(reduced.html)?.[1] ?? '',
      shown_at: /name="shown_at" value="([^"]+)"/.exec(reduced.html)?.[1] ?? '',
    })
    for (const kind of ['identity', 'observations', 'conditions']) body.append('allow', kind)
    const answer = await fetch(page.url, {
      method: 'POST',
      body,
      headers: { cookie: personCookie(agent), origin: clinic.url },
    })
    expect(await answer.text()).toContain('Nothing was changed.')
    expect(await read(token.access_token, RESULTS)).toBe(403)
    expect(await read(token.access_token, 'Condition/any')).toBe(403)
    expect(await read(token.access_token, PATIENT)).toBe(200)
  })

  it('S18 ends an access sooner, everywhere, but never later', async () => {
    const token = await connect('john', SCOPE, 'month')
    const { agent, page } = await newest()
    const result = await agent.submit(page, { window: 'hour' })
    expect(result.html).toContain('This connection now ends sooner')
    // Windows longer than the remaining one are not offered, and not accepted.
    expect(result.html).not.toContain('value="day"')
    const form = await newest()
    await agent.submit(form.page, { window: 'keep' })
    now += 0.9 * HOUR
    const end = new Date(now + 0.1 * HOUR).toISOString()
    expect((await introspect(token.refresh_token)).access_grant_expiration).toBe(end)
    const next = await refresh(token.refresh_token)
    expect(next.status).toBe(200)
    expect(next.body.access_grant_expiration).toBe(end)
    expect(next.body.expires_in).toBeLessThanOrEqual(360)
    now += 0.2 * HOUR
    expect(await read(next.body.access_token, PATIENT)).toBe(401)
    expect((await introspect(next.body.access_token)).active).toBe(false)
    expect((await refresh(next.body.refresh_token)).status).toBe(400)
  })

  it('S18 ends an access when its page said, however long that page was open', async () => {
    const token = await connect('john', SCOPE, 'month')
    const { agent, page } = await newest()
    const shownAt = now
    now += 0.3 * HOUR
    expect((await agent.submit(page, { window: 'hour' })).html).toContain('This connection now ends sooner')
    const { access_grant_expiration } = await introspect(token.refresh_token)
    expect(access_grant_expiration).toBe(new Date(shownAt + HOUR).toISOString())
  })

  it.each([
    ['that page said an end that has passed', {}],
    ['its form does not say when it was shown', { shown_at: '' }],
    ['its form says another moment than the server', { shown_at: String(Date.now()) }],
  ])('S18 changes nothing if %s', async (_, form) => {
    const token = await connect('john', SCOPE, 'month')
    const { agent, page } = await newest()
    // Another window keeps the session.
    for (let times = 0; times < 4; times++) {
      now += 0.3 * HOUR
      await agent.open('/account')
    }
    const before = (await introspect(token.refresh_token)).access_grant_expiration
    const answer = await agent.submit(page, { window: 'hour', ...form })
    expect(answer.html).not.toContain('This connection now ends sooner')
    expect(answer.html).toContain('value="hour"')
    expect((await introspect(token.refresh_token)).access_grant_expiration).toBe(before)
  })

  it('saves an unticked kind of data and an earlier end together, and says both', async () => {
    const token = await connect('john', SCOPE, 'month')
    const { agent, page } = await newest()
    expect(page.html.match(/<button/g)).toHaveLength(1)
    const before = await entries('consent')
    const result = await agent.submit(page, { allow: 'identity', window: 'hour' })
    expect(result.html).toContain('now allows only what is listed here, and ends sooner')
    expect(await read(token.access_token, RESULTS)).toBe(403)
    expect(await read(token.access_token, PATIENT)).toBe(200)
    const end = new Date(now + HOUR).toISOString()
    expect((await introspect(token.refresh_token)).access_grant_expiration).toBe(end)
    const [entry, earlier] = await entries('consent')
    // Without this, a change of both would look like a new consent.
    expect(entry?.json).toContain('{"type":"change","valueString":"reduce"}')
    expect(earlier?.seq).toBe(before[0]?.seq)
    expect(entry?.json).toContain('patient/Patient.rs')
    expect(entry?.json).toContain('hour')
  })

  it('saves an earlier end if there is only one kind of data', async () => {
    const token = await connect('john', 'openid launch/patient offline_access patient/Patient.rs', 'month')
    const { agent, page } = await newest()
    const result = await agent.submit(page, { window: 'hour' })
    expect(result.html).toContain('Saved. This connection now ends sooner.')
    expect(await read(token.access_token, PATIENT)).toBe(200)
  })

  it('saves nothing, not even an earlier end, when all boxes are cleared', async () => {
    const token = await connect('john', SCOPE, 'month')
    const expiration = (await introspect(token.refresh_token)).access_grant_expiration
    const { agent, page } = await newest()
    const answer = await agent.submit(page, { allow: '', window: 'hour' })
    expect(answer.html).toContain('Nothing was saved.')
    expect((await introspect(token.refresh_token)).access_grant_expiration).toBe(expiration)
    expect(await read(token.access_token, RESULTS)).toBe(200)
  })

  it('says that there was nothing to save if nothing was changed, and logs no change', async () => {
    await connect('john', SCOPE, 'month')
    const { agent, page } = await newest()
    const [before] = await entries('consent')
    const answer = await agent.submit(page, { window: 'keep' })
    expect(answer.html).toContain('Nothing was changed.')
    expect((await entries('consent'))[0]?.seq).toBe(before?.seq)
  })

  it('shortens the current access token too', async () => {
    const token = await connect('john', SCOPE, 'month')
    now += 0.5 * HOUR
    const { agent, page } = await newest()
    await agent.submit(page, { window: 'hour' })
    const { exp } = await introspect(token.access_token)
    expect(exp).toBeLessThanOrEqual(Math.floor((now + HOUR) / 1000))
  })

  it('disconnects after asking once, effective at the next request, and the log says so', async () => {
    const { agent } = await account()
    await agent.submit(await agent.open('/account/disconnect'), { do: 'disconnect' })
    const token = await connect()
    const { page } = await newest()
    const question = await agent.open(`${page.url.pathname}/disconnect`)
    expect(question.html).toContain('Disconnect Carekey?')
    expect(question.html).toContain('Carekey will no longer be able to read anything.')
    expect(await read(token.access_token, PATIENT)).toBe(200)
    const answer = await agent.submit(question, { do: 'disconnect' })
    expect(answer.html).toContain('Carekey is disconnected.')
    expect(await read(token.access_token, PATIENT)).toBe(401)
    expect((await introspect(token.access_token)).active).toBe(false)
    expect((await refresh(token.refresh_token)).status).toBe(400)
    expect((await agent.open(page.url)).status).toBe(404)
    expect((await entries('revoke'))[0]).toMatchObject({
      outcome: '0',
      patient: 'john-doe',
      client_id: 'carekey',
    })
    expect(plain(await agent.open('/account/log'))).toContain(
      'John Doe on these pages ended a connection of Carekey',
    )
  })

  it('says that an application is still connected if another connection of it holds, and says so only to the person who ended one', async () => {
    const [first, second] = [await connect('jane'), await connect('jane')]
    const { agent, page } = await newest('jane')
    const question = await agent.open(`${page.url.pathname}/disconnect`)
    const answer = await agent.submit(question, { do: 'disconnect' })
    expect(answer.html).toContain('One connection of Carekey ended; Carekey is still connected.')
    const tokens = await Promise.all(
      [first, second].map((each) => read(each.access_token, 'Patient/jane-doe')),
    )
    expect(tokens.toSorted()).toEqual([200, 401])
    const elsewhere = await account('jane')
    expect((await elsewhere.agent.open(answer.url)).html).not.toContain('One connection of')
    const grantId = page.url.pathname.split('/').at(-1)
    expect((await agent.open(`/account?disconnected=${grantId}`)).html).not.toContain('is disconnected')
  })

  it('does not say that an application which gave its token back was disconnected on these pages', async () => {
    const token = await connect()
    await revoke(token.refresh_token)
    const { agent } = await account()
    expect(plain(await agent.open('/account/log'))).toContain(
      'John Doe through Carekey ended a connection of the application',
    )
  })

  it('disconnects all of a person’s applications, and nobody else’s', async () => {
    const [first, second, other] = [await connect(), await connect(), await connect('jane')]
    const { agent } = await account()
    const page = await agent.submit(await agent.open('/account/disconnect'), { do: 'disconnect' })
    expect(page.html).toContain('No application can read')
    expect(page.html).toContain('All applications are disconnected.')
    expect(await read(first.access_token, PATIENT)).toBe(401)
    expect(await read(second.access_token, PATIENT)).toBe(401)
    expect(await read(other.access_token, 'Patient/jane-doe')).toBe(200)
  })

  it('J13 gives a person 500 connections at most, and says what to do', async () => {
    const { access_token } = await connect('jane')
    const { store } = clinic
    const one = await store.db
      .selectFrom('consent')
      .selectAll()
      .orderBy('created_at', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    const many = Array.from({ length: 499 }, (_, at) => ({ ...one, grant_id: `many-${at}` }))
    await store.write((trx) => trx.insertInto('consent').values(many).execute())
    const url = await authorizationUrl(
      await discover(clinic.url),
      { application: carekey, scope: SCOPE },
      oauth.generateRandomCodeVerifier(),
    )
    const agent = createUserAgent(url.origin)
    const consent = await agent.submit(await agent.open(url), { username: 'jane', password: 'jane-demo' })
    const answer = await agent.submit(consent, { decision: 'allow', window: 'day' })
    expect(answer.status).toBe(200)
    expect(plain(answer)).toMatch(/Too many applications are connected .*500 connections\. Disconnect some/)
    expect(answer.url.searchParams.has('code')).toBe(false)
    const [refused] = await entries('consent')
    expect(JSON.parse(refused?.json ?? '{}')).toMatchObject({ outcome: '4', outcomeDesc: 'too_many_grants' })
    const { page } = await account('jane')
    expect(page.html.match(/\/account\/connections\/many-/g)?.length).toBeGreaterThan(490)
    expect(await read(access_token, 'Patient/jane-doe')).toBe(200)
    await store.write((trx) => trx.deleteFrom('consent').where('grant_id', 'like', 'many-%').execute())
    expect(
      (await agent.submit(consent, { decision: 'allow', window: 'day' })).url.searchParams.has('code'),
    ).toBe(true)
  })

  it('shows nothing to a session that ended while its page waited for its turn', async () => {
    const { agent } = await account()
    const headers = { cookie: personCookie(agent), origin: clinic.url }
    const changeGeneration = (trx: Db, by: number) =>
      trx
        .updateTable('account')
        .set((eb) => ({ generation: eb('generation', '+', by) }))
        .where('username', '=', 'john')
        .execute()
    const release = Promise.withResolvers<void>()
    const hasBegun = Promise.withResolvers<void>()
    // Ends all sessions once it is released. Until then no page can log that it is shown, and the first one keeps its turn.
    const holding = clinic.store.write(async (trx) => {
      if (store === 'postgres') await sql`lock table audit_event in exclusive mode`.execute(trx)
      await changeGeneration(trx, 1)
      hasBegun.resolve()
      await release.promise
    })
    await hasBegun.promise
    const pages = Array.from({ length: 3 }, () =>
      fetch(`${clinic.url}/account/log`, { headers, redirect: 'manual' }),
    )
    // By then they wait.
    for (let at = 0; at < 20; at++) await fetch(`${clinic.url}/healthz`)
    release.resolve()
    await holding
    const statuses = (await Promise.all(pages)).map(({ status }) => status)
    await clinic.store.write((trx) => changeGeneration(trx, -1))
    // The first one had its turn before.
    expect(statuses.toSorted().slice(1)).toEqual([303, 303])
  })

  it('shows one’s own applications only', async () => {
    const token = await connect('jane')
    const { page } = await newest('jane')
    const { agent } = await account('john')
    expect((await agent.open(page.url)).status).toBe(404)
    const grantId = page.url.pathname.split('/').at(-1)
    expect((await agent.open(`/account?disconnected=${grantId}`)).html).not.toContain('is disconnected')
    expect((await agent.open(`${page.url.pathname}/disconnect`)).status).toBe(404)
    const mine = await account('john')
    const body = new URLSearchParams({
      do: 'disconnect',
      form_token: /name="form_token" value="([^"]+)"/.exec(mine.page.html)?.[1] ?? '',
    })
    const answer = await fetch(`${clinic.url}${page.url.pathname}/disconnect`, {
      method: 'POST',
      body,
      headers: { cookie: personCookie(mine.agent), origin: clinic.url },
    })
    expect(answer.status).toBe(404)
    expect(await read(token.access_token, 'Patient/jane-doe')).toBe(200)
  })

  it('A13 reports a refresh token that was used again, from the log', async () => {
    const token = await connect()
    const { body } = await refresh(token.refresh_token)
    await read(body.access_token, PATIENT)
    now += 11_000
    expect((await refresh(token.refresh_token)).status).toBe(400)
    const { agent, page } = await account()
    expect(page.html).toMatch(/A connection of Carekey ended today at .*used a second time/)
    expect((await agent.open('/account/log')).html).toContain('an old key was used again')
    expect((await account('jane')).page.html).not.toContain('used a second time')
  })

  it('shows who read my record, marks refusals, and shows that I looked', async () => {
    const token = await connect('john', 'launch/patient patient/Observation.rs')
    await read(token.access_token, 'Observation?code=29463-7')
    const lee = await connect('lee', 'openid user/*.rs')
    await read(lee.access_token, PATIENT)
    const { agent, page } = await account()
    await agent.submit(await agent.open('/login'), { username: 'john', password: 'john-demo' })
    expect(page.html).toContain('Show who read my record')
    const { html } = await agent.open('/account/log')
    expect(html).toContain('Dr. Morgan Lee')
    expect(html).toContain('read: who you are')
    expect(html).toContain('searched: vital signs and results')
    expect(html).toContain('through Carekey')
    expect(html).toContain('refused')
    expect(html).not.toContain('Jane Doe')
    const second = await agent.open('/account/log')
    expect(second.html).toContain('searched: who read the record')
    expect((await entries('search'))[0]).toMatchObject({ patient: 'john-doe', client_id: null })
  })

  it('pages the log', async () => {
    const token = await connect('jane')
    for (let i = 0; i < 55; i++) await read(token.access_token, 'Patient/jane-doe')
    const { agent } = await account('jane')
    const first = await agent.open('/account/log')
    const older = /href="(\/account\/log\?before=\d+)"/.exec(first.html)?.[1] ?? ''
    const count = (page: Page) => page.html.match(/<time/g)?.length ?? 0
    expect(count(first)).toBe(50)
    const second = await agent.open(older)
    expect(count(second)).toBeGreaterThan(5)
    expect(second.html).toContain('Back to the newest')
  })

  it('shows a clinician and an administrator their own applications, and no log', async () => {
    await connect('lee', 'openid user/*.rs')
    await connect('admin', 'openid user/AuditEvent.rs client.register')
    const lee = await account('lee')
    expect(lee.page.html).toContain('Patients’ records')
    expect(lee.page.html).not.toContain('/account/log')
    expect((await lee.agent.open('/account/log')).status).toBe(404)
    const admin = await account('admin')
    expect(admin.page.html).toContain('The access log')
    expect(admin.page.html).toContain('Manage applications')
  })

  it('signs out everywhere, and leaves applications connected', async () => {
    const token = await connect()
    const here = await account()
    const there = await account()
    await here.agent.submit(here.page, { do: 'sign-out-everywhere' })
    expect((await here.agent.open('/account')).url.pathname).toBe('/login')
    expect((await there.agent.open('/account')).url.pathname).toBe('/login')
    expect(await read(token.access_token, PATIENT)).toBe(200)
  })

  it('tells two applications of the same name apart, by address, day of registration and Client ID', async () => {
    await connect('jane')
    await connect('jane')
    expect(plain((await account('jane')).page)).not.toContain('(carekey)')

    const second = { client_id: 'second-carekey', redirect_uri: 'https://second.example/' }
    await clinic.store.write((trx) =>
      putClient(trx, {
        ...{ client_id: second.client_id, client_name: 'carekey', token_endpoint_auth_method: 'none' },
        ...{ grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
        ...{ redirect_uris: [second.redirect_uri], client_id_issued_at: 1_795_000_000 },
      }),
    )
    await signIn(clinic.url, { username: 'jane', scope: SCOPE, application: second, window: 'day' })
    const text = plain((await account('jane')).page)
    expect(text).toContain(
      ', not used yet An application at second.example, the address it is registered with, registered here on 18 Nov 2026 (second-carekey)',
    )
    expect(text).toMatch(
      /Carekey , allowed today at [^()]+ A browser extension, registered here on [^()]+ \(carekey\)/,
    )
  })

  it('is in Spanish for a browser that prefers it', async () => {
    const agent = createUserAgent(clinic.url)
    const login = await agent.open('/login?ui_locales=es-MX%20en')
    expect(login.html).toContain('<html lang="es">')
    const page = await agent.submit(login, { username: 'jane', password: 'jane-demo' })
    expect(page.html).toContain('Aplicaciones conectadas')
    const browser = await fetch(`${clinic.url}/login`, {
      headers: { 'accept-language': 'fr, es;q=0.8, en;q=0.7' },
    })
    expect(await browser.text()).toContain('Iniciar sesión')
    const refusal = await fetch(`${clinic.url}/login`, {
      method: 'POST',
      headers: { 'accept-language': 'es' },
    })
    expect(await refusal.text()).toContain('Este formulario no se envió desde aquí')
  })
})
