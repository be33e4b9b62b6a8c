import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signIn } from '../fixtures/sign-in.ts'
import { createUserAgent, type Page } from '../fixtures/user-agent.ts'
import { type AttackedServer, startAttackedServer } from './attacked-server.ts'
import { ask, logIn } from './authorization-request.ts'
import { applications, holders } from './people.ts'

const AT_ONCE = 150
/** A page whose lines are counted for a while. */
const SCOPE = [
  'launch/patient patient/*.rs patient/Observation.rs?date=ge2000',
  ...['laboratory', 'vital-signs', 'imaging', 'survey', 'exam'].map(
    (category) => `patient/Observation.rs?category=${category}`,
  ),
].join(' ')

let server: AttackedServer
let bert: string
beforeAll(async () => {
  server = await startAttackedServer()
  const readings = Array.from({ length: 2_000 }, (_, at) => ({
    ...{ resourceType: 'Observation', id: `p-${at}`, status: 'final', subject: { reference: 'Patient/pa' } },
    ...{ code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] }, effectiveDateTime: '2024-01-01' },
  }))
  const patients = Array.from({ length: 50 }, (_, at) => ({
    ...{ resourceType: 'Patient', id: `q-${at}`, name: [{ family: `Zimmer ${at}` }] },
  }))
  await server.put([...readings, ...patients])
  bert = (await signIn(server.url, { ...holders.TB, application: applications.ext })).access_token
})
afterAll(() => server.close())

/** Signs in, and returns a function that sends the page's form, or opens the page again, in that browser. */
const openFor = async (username: string, scope: string) => {
  const { agent, page } = await logIn(await ask({ server, fetch } as never, { scope }), username)
  const cookie = [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const send = (form?: Record<string, string>) =>
    fetch(page.url, { headers: { cookie }, ...(form && { method: 'POST', body: bodyOf(page, form) }) })
  return send
}

const bodyOf = ({ html }: Page, form: Record<string, string>) =>
  new URLSearchParams({ form_token: /name="form_token" value="([^"]*)"/.exec(html)?.[1] ?? '', ...form })

/** Sends many requests at once, and checks that another person is answered meanwhile. */
const crowd = async (send: () => Promise<Response>) => {
  let isDone = false
  const crowded = Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      const response = await send()
      return {
        status: response.status,
        again: response.headers.get('retry-after'),
        text: await response.text(),
      }
    }),
  ).finally(() => {
    isDone = true
  })
  while (!isDone) {
    const other = await fetch(`${server.url}/fhir/Patient/pb`, {
      headers: { authorization: `Bearer ${bert}` },
    })
    expect([other.status, await other.text()]).toEqual([200, expect.any(String)])
  }
  return crowded
}

test.each([
  ['the consent page', 'anna', SCOPE, undefined],
  ['a search for patients', 'lee', 'launch/patient patient/*.rs', { decision: 'search', anything: 'a' }],
])(
  `J13 of ${AT_ONCE} requests of one person at once for %s, some are told to try again, and others are answered`,
  {
    timeout: 60_000,
  },
  async (_, username, scope, form) => {
    const send = await openFor(username, scope)
    const answers = await crowd(() => send(form))
    const shown = answers.filter(({ status }) => status === 200)
    const refused = answers.filter(({ status }) => status !== 200)
    expect(shown.length).toBeGreaterThan(0)
    expect(refused.length).toBeGreaterThan(0)
    for (const { status, again, text } of refused) {
      expect([status, again]).toEqual([503, '1'])
      expect(text).toContain('<html')
    }
    // No fault of the server, which its operator would be told of.
    expect(server.output()).not.toContain('a page failed')
    expect((await send(form)).status).toBe(200)
  },
)

describe('J13 another person is answered before all of 300 requests that one person opens at once', () => {
  const other = () => fetch(`${server.url}/fhir/Patient/pb`, { headers: { authorization: `Bearer ${bert}` } })
  const answeredBefore = async (path: string, headers: Record<string, string>) => {
    await (await other()).text()
    let answered = 0
    const answers = Array.from({ length: 300 }, async () => {
      const response = await fetch(`${server.url}${path}`, { headers })
      answered += 1
      await response.text()
      return response.status
    })
    const { status } = await other()
    const before = answered
    expect(status).toBe(200)
    // On a slow machine, the last ones are told to try again.
    for (const each of await Promise.all(answers)) expect([200, 503]).toContain(each)
    return before
  }

  test.each([
    ['/account', 'anna'],
    ['/ehr', 'lee'],
  ])('%s', async (path, username) => {
    const browser = createUserAgent(server.url)
    await browser.submit(await browser.open('/login'), { username, password: `${username}-demo` })
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    expect(await answeredBefore(path, { cookie })).toBeLessThan(200)
  })

  test('a search, on connections of their own', async () => {
    const { access_token } = await signIn(server.url, { ...holders.TC, application: applications.ext })
    const authorization = `Bearer ${access_token}`
    expect(await answeredBefore('/fhir/Patient?_count=50', { authorization })).toBeLessThan(150)
  })
})
