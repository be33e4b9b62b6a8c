import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../server/app.ts'
import type { LongestWindows } from '../../../server/config.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { asResourceServer, registerResourceServer } from '../../fixtures/resource-server.ts'
import { authorizationUrl, carekey, discover, type SignInOptions, signIn } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent, type Page } from '../../fixtures/user-agent.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const SCOPE = {
  jane: 'launch/patient patient/*.rs offline_access',
  lee: 'user/*.rs offline_access',
  admin: 'user/*.rs client.register offline_access',
} as const
type Person = keyof typeof SCOPE
type Json = Record<string, unknown>
type Served = Pick<TestOrganization, 'url'>

describe.each(engines)('J20 the organization limits windows by role, on %s', (store) => {
  let now = Date.now()
  const organizations: TestOrganization[] = []
  const apps: FastifyInstance[] = []
  const start = async (windows?: LongestWindows) => {
    const clinic = await startOrganization({
      ...{ demo: 'riverside', store, clock: () => now },
      ...(windows && { windows }),
    })
    organizations.push(clinic)
    await registerResourceServer(clinic.store)
    return clinic
  }
  /** Starts the server of an organization that was stopped, with another configuration. */
  const restart = async (
    { url, store: database, config, database: { keyFile, logKey } }: TestOrganization,
    windows: LongestWindows,
  ) => {
    const app = await createApp({
      ...{ config: { ...config, windows }, store: database, keyFile },
      ...{ clock: () => now, elapsed: () => now, databaseTime: async () => now },
      logKey: { file: logKey },
    })
    await app.listen({ host: config.host, port: config.port })
    apps.push(app)
    return { url }
  }
  let clinic: TestOrganization
  let strict: TestOrganization
  let before: TestOrganization
  /** Before the clock moves on: on another day, each would make its demo anew. */
  const changed: TestOrganization[] = []
  beforeAll(async () => {
    clinic = await start()
    strict = await start({ patient: 7 * DAY, clinician: 10 * 60_000, admin: HOUR })
    before = await start({ clinician: 30 * DAY, patient: 30 * DAY })
    for (let count = 0; count < 2; count++) changed.push(await start({ patient: 12 * HOUR }))
  })
  afterAll(async () => {
    for (const app of apps) await app.close()
    for (const organization of organizations) await organization.close()
  })

  const labelsOf = ({ html }: Page) =>
    [...html.matchAll(/name="window"[^>]*>\s*<span>([^<]*)</g)].map(([, label]) => label)
  const consentOf = async (
    at: Served,
    username: Person,
    parameters = {},
    scope: string = SCOPE[username],
  ) => {
    const url = await authorizationUrl(
      await discover(at.url),
      { application: carekey, scope, parameters },
      'v'.repeat(43),
    )
    const agent = createUserAgent(at.url)
    const page = await agent.submit(await agent.open(url), { username, password: `${username}-demo` })
    const { html } = page
    return {
      ...{ agent, page },
      windows: [...html.matchAll(/name="window" value="(\w+)"/g)].map(([, name]) => name),
      labels: labelsOf(page),
      text: html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' '),
    }
  }
  const grantOf = async (at: Served, username: Person, window: string) => {
    const options = { username, scope: SCOPE[username], application: carekey }
    return signIn(at.url, { ...options, window: window as NonNullable<SignInOptions['window']> })
  }
  const refresh = async (at: Served, refresh_token = '') => {
    const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'carekey', refresh_token })
    const response = await fetch(`${at.url}/oauth/token`, { method: 'POST', body })
    return (await response.json()) as {
      error?: string
      access_grant_expiration?: string
      refresh_token?: string
    }
  }
  const endIn = (answer: object) => Date.parse(String((answer as Json).access_grant_expiration)) - now

  it('consent offers clinicians and administrators no longer one than twelve hours, and says so', async () => {
    for (const person of ['lee', 'admin'] as const) {
      const { windows, labels, text } = await consentOf(clinic, person)
      expect(windows).toEqual(['visit', 'hour', 'longest'])
      expect(labels).toEqual(['This visit', '1 hour', '12 hours'])
      expect(text).toContain('At Riverside Clinic, access that you allow lasts 12 hours at most.')
    }
    const spanish = await consentOf(clinic, 'lee', { ui_locales: 'es' })
    expect(spanish.labels.at(-1)).toBe('12 horas')
    expect(spanish.text).toContain(
      'En Riverside Clinic, el acceso que usted permite dura como máximo 12 horas.',
    )
  })

  it('consent offers a patient every window', async () => {
    const { windows, text } = await consentOf(clinic, 'jane')
    expect(windows).toEqual(['visit', 'hour', 'day', 'month', 'open'])
    expect(text).not.toContain('at most.')
  })

  it('a form that names a longer window gives the shortest', async () => {
    for (const window of ['day', 'month', 'open', 'longer']) {
      const grant = await grantOf(clinic, 'lee', window)
      expect(endIn(grant)).toBeLessThanOrEqual(HOUR / 2)
      expect(grant.refresh_token).toBeUndefined()
    }
  })

  it('a grant for the longest window ends with it, however often it is refreshed', async () => {
    const begin = now
    const grant = await grantOf(clinic, 'lee', 'longest')
    expect(endIn(grant)).toBe(12 * HOUR)
    let { refresh_token } = grant
    for (const hours of [4, 8, 11]) {
      now = begin + hours * HOUR
      const answer = await refresh(clinic, refresh_token)
      expect(endIn(answer)).toBe((12 - hours) * HOUR)
      refresh_token = answer.refresh_token
    }
    now = begin + 12 * HOUR
    expect((await refresh(clinic, refresh_token)).error).toBe('invalid_grant')
  })

  it('a configuration may name other windows, also for patients, and shorter ones than a visit', async () => {
    expect((await consentOf(strict, 'jane')).labels).toEqual(['This visit', '1 hour', '1 day', '7 days'])
    expect((await consentOf(strict, 'lee')).labels).toEqual(['This visit'])
    expect((await consentOf(strict, 'admin')).labels).toEqual(['This visit', '1 hour'])
    expect(endIn(await grantOf(strict, 'lee', 'visit'))).toBe(10 * 60_000)
    const once = await consentOf(strict, 'lee', {}, 'user/*.rs')
    expect(once.windows).toEqual(['visit'])
  })

  it.each([
    ['raised', 20],
    ['lowered', 6],
  ])(
    'nobody allows another one than the page named: it is %s while somebody looks at the page',
    async (_, hours) => {
      const told = changed.pop() as TestOrganization
      const { agent, page, labels } = await consentOf(told, 'jane')
      expect(labels.at(-1)).toBe('12 hours')
      await told.stop()
      await restart(told, { patient: hours * HOUR })
      const consents = () =>
        told.store.db.selectFrom('consent').select(['created_at', 'expires_at']).execute()
      const before = (await consents()).length
      const again = await agent.submit(page, { decision: 'allow', window: 'longest' })
      expect(labelsOf(again).at(-1)).toBe(`${hours} hours`)
      expect(await consents()).toHaveLength(before)
      await agent.submit(again, { decision: 'allow', window: 'longest' })
      const [given] = (await consents()).slice(before)
      expect((given?.expires_at ?? 0) - (given?.created_at ?? 0)).toBe(hours * HOUR)
    },
  )

  it('is looked up with each use: a shorter one ends grants that were given before', async () => {
    const options = { username: 'lee', scope: SCOPE.lee, application: carekey, window: 'month' } as const
    const clinician = await signIn(before.url, options)
    const patient = await grantOf(before, 'jane', 'month')
    expect(endIn(clinician)).toBe(30 * DAY)
    await before.stop()
    const after = await restart(before, { clinician: HOUR / 2 })
    const introspect = async (token: string) => {
      const response = await fetch(`${after.url}/oauth/introspect`, {
        method: 'POST',
        headers: { authorization: asResourceServer },
        body: new URLSearchParams({ token }),
      })
      return (await response.json()) as { active: boolean; access_grant_expiration?: string }
    }
    const read = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` }
      return (await fetch(`${after.url}/fhir/Patient/jane-doe`, { headers })).status
    }
    const answer = await refresh(after, clinician.refresh_token)
    expect(endIn(answer)).toBe(HOUR / 2)
    expect(endIn(await introspect(clinician.access_token))).toBe(HOUR / 2)
    expect(endIn(await refresh(after, patient.refresh_token))).toBe(30 * DAY)
    expect(await read(clinician.access_token)).toBe(200)
    const account = createUserAgent(after.url)
    await account.submit(await account.open('/login'), { username: 'lee', password: 'lee-demo' })
    const listed = async () => (await account.open('/account')).html.includes('/account/connections/')
    expect(await listed()).toBe(true)
    const begin = now
    now += HOUR / 2
    expect((await refresh(after, answer.refresh_token)).error).toBe('invalid_grant')
    expect((await introspect(clinician.access_token)).active).toBe(false)
    expect(await read(clinician.access_token)).toBe(401)
    await account.submit(await account.open('/login'), { username: 'lee', password: 'lee-demo' })
    expect(await listed()).toBe(false)
    now = begin
  })
})
