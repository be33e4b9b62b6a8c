import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Store } from '../../server/store/store.ts'
import { riverside } from '../fixtures/seeded-database.ts'
import { type ServerProcess, startTwoProcesses } from '../fixtures/server-process.ts'
import { authorizationUrl, carekeyAt, discover } from '../fixtures/sign-in.ts'
import { createDatabase, type TestDatabase } from '../fixtures/store.ts'
import { createUserAgent, type Page } from '../fixtures/user-agent.ts'

const REPETITIONS = 12
const engine = inject('postgres') === undefined ? 'sqlite' : 'postgres'

let database: TestDatabase
let store: Store
let first: ServerProcess
let second: ServerProcess
beforeAll(async () => {
  database = await createDatabase(engine, riverside)
  ;[first, second] = await startTwoProcesses({ db: database.url, logKey: database.logKey })
  store = await database.open()
})
afterAll(async () => {
  await store.close()
  for (const each of new Set([first, second])) await each.stop()
  await database.close()
})

interface Visit {
  readonly page: Page
  readonly cookie: string
}

const begin = async (scope = 'openid launch/patient patient/*.rs offline_access') => {
  const server = await discover(first.url)
  const url = await authorizationUrl(server, { application: carekeyAt(server.issuer), scope }, 'v'.repeat(43))
  const agent = createUserAgent(first.url)
  const page = await agent.open(url)
  return { agent, page }
}

const cookieOf = (cookies: ReadonlyMap<string, string>) =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

const openConsent = async (username = 'john', scope?: string): Promise<Visit> => {
  const { agent, page } = await begin(scope)
  const consent = await agent.submit(page, { username, password: `${username}-demo` })
  return { page: consent, cookie: cookieOf(agent.cookies) }
}

/** Submits the page's form to one of the processes, and follows no redirect. */
const send = (server: ServerProcess, { page, cookie }: Visit, fields: Record<string, string>) => {
  const body = new URLSearchParams()
  for (const [input] of page.html.matchAll(/<input\b[^>]*>/g)) {
    const value = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(input)?.[1] ?? ''
    if (['form_token', 'shown_at'].includes(value('name'))) body.set(value('name'), value('value'))
    if (value('name') === 'allow') body.append('allow', value('value'))
  }
  for (const [name, value] of Object.entries(fields)) body.set(name, value)
  return fetch(`${server.url}${page.url.pathname}`, {
    method: 'POST',
    body,
    headers: { cookie, origin: first.url },
    redirect: 'manual',
  })
}
const allow = (server: ServerProcess, visit: Visit) =>
  send(server, visit, { window: 'hour', decision: 'allow' })
const deny = (server: ServerProcess, visit: Visit) => send(server, visit, { decision: 'deny' })

const consents = async () => (await store.db.selectFrom('consent').select('grant_id').execute()).length
const grants = async () =>
  (await store.db.selectFrom('oauth_record').select('id').where('model', '=', 'Grant').execute()).length

const expectOver = async (answer: Response) => {
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain('This sign-in is over')
}

/** Returns the accepted one of two answers. The other one must say that the sign-in is over. */
const expectOne = async (answers: readonly Response[]): Promise<Response> => {
  const acceptedAnswer = answers.filter(({ status }) => status === 303)
  expect(acceptedAnswer).toHaveLength(1)
  for (const answer of answers) if (answer !== acceptedAnswer[0]) await expectOver(answer)
  return acceptedAnswer[0] as Response
}

describe('F13 an authorization is decided once', () => {
  test(`when two allow it at once, ${REPETITIONS} times`, async () => {
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      const visit = await openConsent()
      const before = [await consents(), await grants()]
      await expectOne(await Promise.all([allow(first, visit), allow(second, visit)]))
      expect([await consents(), await grants()]).toEqual(before.map((count) => count + 1))
    }
  })

  test('when two allow it one after the other, before and after the application has its code', async () => {
    const visit = await openConsent()
    const before = await consents()
    const acceptedAnswer = await allow(first, visit)
    expect(acceptedAnswer.status).toBe(303)
    await expectOver(await allow(second, visit))
    await expectOver(await deny(second, visit))
    const location = new URL(acceptedAnswer.headers.get('location') ?? '', first.url)
    const resumed = await fetch(location, { headers: { cookie: visit.cookie }, redirect: 'manual' })
    expect(resumed.headers.get('location')).toContain('code=')
    await expectOver(await allow(second, visit))
    expect(await consents()).toBe(before + 1)
  })

  test(`when one allows and one denies it at once, ${REPETITIONS} times; a denial leaves nothing behind`, async () => {
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      const visit = await openConsent()
      const before = await consents()
      const order = repetition % 2 === 0 ? [allow, deny] : [deny, allow]
      const answers = await Promise.all(order.map((decide, at) => decide(at === 0 ? first : second, visit)))
      const acceptedAnswer = await expectOne(answers)
      const allowed = order[answers.indexOf(acceptedAnswer)] === allow
      expect(await consents()).toBe(before + (allowed ? 1 : 0))
      const resumed = await fetch(new URL(acceptedAnswer.headers.get('location') ?? '', first.url), {
        headers: { cookie: visit.cookie },
        redirect: 'manual',
      })
      expect(resumed.headers.get('location')).toContain(allowed ? 'code=' : 'error=access_denied')
    }
  })

  test('a decision gives one code, even if the browser continues twice at once', async () => {
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      const visit = await openConsent()
      const acceptedAnswer = await allow(first, visit)
      const { pathname } = new URL(acceptedAnswer.headers.get('location') ?? '', first.url)
      const answers = await Promise.all(
        [first, second].map(({ url }) =>
          fetch(`${url}${pathname}`, { headers: { cookie: visit.cookie }, redirect: 'manual' }),
        ),
      )
      const codes = answers.flatMap((answer) => answer.headers.get('location')?.match(/code=[^&]+/) ?? [])
      expect(codes).toHaveLength(1)
      expect(answers.map(({ status }) => status).sort()).toEqual([303, 400])
    }
  })

  test('nobody can sign in to it twice', async () => {
    for (let repetition = 0; repetition < 4; repetition++) {
      const { agent, page } = await begin()
      const visit = { page, cookie: cookieOf(agent.cookies) }
      const answers = await Promise.all([
        send(first, visit, { username: 'john', password: 'john-demo' }),
        send(second, visit, { username: 'jane', password: 'jane-demo' }),
      ])
      await expectOne(answers)
    }
  })

  test('its patient can be picked once: the consent page and the grant are about the same patient', async () => {
    for (let repetition = 0; repetition < 4; repetition++) {
      const visit = await openConsent('lee', 'openid launch/patient patient/*.rs')
      expect(visit.page.url.pathname).toMatch(/\/patient$/)
      const answers = await Promise.all([
        send(first, visit, { decision: 'pick', patient: 'john-doe' }),
        send(second, visit, { decision: 'pick', patient: 'jane-doe' }),
      ])
      // One is accepted. The other one is told that the step is over or, if it came later, is redirected to the picked patient.
      const [acceptedAnswer, ...more] = answers.filter(({ status }) => status === 303)
      for (const answer of answers) if (answer.status !== 303) await expectOver(answer)
      const paths = [acceptedAnswer, ...more].map((answer) => answer?.headers.get('location'))
      expect(paths.every((path) => path?.startsWith('/consent/'))).toBe(true)
      const url = new URL(paths[0] ?? '', first.url)
      const response = await fetch(url, { headers: { cookie: visit.cookie } })
      const html = await response.text()
      const [patient, ...others] = ['John Doe', 'Jane Doe'].filter((name) => html.includes(name))
      expect(others).toEqual([])
      expect((await allow(first, { ...visit, page: { ...visit.page, url, html } })).status).toBe(303)
      const [newest] = await store.db
        .selectFrom('consent')
        .select('patient')
        .orderBy('created_at', 'desc')
        .limit(1)
        .execute()
      expect(newest?.patient).toBe(patient === 'John Doe' ? 'john-doe' : 'jane-doe')
    }
  })

  test('its account can be switched once', async () => {
    const visit = await openConsent()
    const before = await consents()
    const answers = await Promise.all([send(first, visit, { decision: 'switch' }), allow(second, visit)])
    const acceptedAnswer = await expectOne(answers)
    expect(await consents()).toBe(before + (answers.indexOf(acceptedAnswer) === 1 ? 1 : 0))
  })
})
