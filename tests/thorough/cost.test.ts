import { beforeAll, describe, test } from 'vitest'
import { attack } from '../attacks/attack.ts'
import {
  ask,
  authorizationOf,
  codeForm,
  decide,
  logIn,
  type Visit,
} from '../attacks/authorization-request.ts'
import { applications, gateway } from '../attacks/people.ts'
import type { Application } from '../fixtures/sign-in.ts'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { comparing, FILLING, json, LONG, longest, type Send } from './compare-cost.ts'

/**
 * J02: every endpoint with every list at its limit, beside the same with one element, in the server's processor time. The limit is the
 * longest list that the server accepts, so a limit that is taken away shows. A list that comes back with each request of a grant or
 * of an application may cost twice as much in all; one that is the work itself, such as the entries of a batch, twice as much each.
 */
const anna = attack()
const { send, expectAtMostTwice, putReadings } = comparing(anna)
beforeAll(putReadings)

const isScopeAccepted = async (scope: string): Promise<boolean> => {
  const { page } = await ask(anna, { scope: `launch/patient ${scope}` }).catch(() => ({ page: undefined }))
  return page?.status === 200
}

const COUNTS = [300, 100, 64, 30, 20, 10, 4, 2]
const code = (at: number) => `${10_000 + at}-1`

/** Lists of limited scopes; the last alternative is the one that matches, so that all are tried. */
const LIMITED: Readonly<Record<string, readonly string[]>> = {
  'scopes by a code each': COUNTS.map((count) =>
    Array.from(
      { length: count },
      (_, at) => `patient/Observation.rs?code=${at + 1 < count ? code(at) : '29463-7'}`,
    ).join(' '),
  ),
  'alternatives of one scope': COUNTS.map(
    (count) =>
      `patient/Observation.rs?code=${Array.from({ length: count - 1 }, (_, at) => code(at)).join()},29463-7`,
  ),
  'parameters of one scope': [6, 5, 4, 3, 2].map(
    (count) =>
      `patient/Observation.rs?${['category=vital-signs', 'status=final', 'code=29463-7', 'date=ge1990', 'date=lt2090', 'category=vital-signs,survey'].slice(0, count).join('&')}`,
  ),
  'scopes by two parameters each': [10, 5, 4, 3, 2].map((count) =>
    Array.from({ length: count }, (_, at) =>
      at + 1 < count
        ? `patient/Observation.rs?category=vital-signs&code=${code(at)}`
        : 'patient/Observation.rs?date=ge1990&code=29463-7',
    ).join(' '),
  ),
  'scopes by different parameters': [
    ['code=1', 'status=amended', 'date=lt1990', 'category=vital-signs']
      .map((limit) => `patient/Observation.rs?${limit}`)
      .join(' '),
  ],
}
const ONE = 'patient/Observation.rs?category=vital-signs'
const OTHERS = [
  'patient/Patient.rs',
  'patient/Practitioner.rs',
  'patient/Provenance.rs',
  'patient/AuditEvent.rs',
]
const full = (list: string) =>
  longest(
    [80, 70, 60, 54, 50, 40].map((count) =>
      [list, ...OTHERS, ...FILLING.slice(0, count - list.split(' ').length)].join(' '),
    ),
    isScopeAccepted,
  )

const signIn = (scope: string, application: Application = applications.ext) =>
  anna.signIn({
    username: 'anna',
    scope: `launch/patient offline_access openid ${scope}`,
    application,
    window: 'hour',
  })

describe('J02 a grant with scopes at the limit', () => {
  const INCLUDES = '_include=Observation:performer&_include=Observation:subject&_revinclude=Provenance:target'
  const PATHS = [
    `/fhir/Observation?${INCLUDES}`,
    `/fhir/Observation?_sort=-date&_count=50&${INCLUDES}`,
    '/fhir/Observation?code=29463-7&_total=accurate&_count=1',
    '/fhir/Observation/many-1',
    '/fhir/Patient/pa/$everything?_count=50',
  ]

  test.each(Object.entries(LIMITED))(
    '%s: each request of FHIR',
    async (_, lists) => {
      const one = (await signIn([ONE, ...OTHERS].join(' '))).access_token
      const list = await longest(lists, isScopeAccepted)
      const most = (await signIn(await full(list))).access_token
      for (const path of PATHS)
        await expectAtMostTwice(send(path, { bearer: one }), send(path, { bearer: most }))
    },
    LONG,
  )

  test(
    'log, batch, posted search, capabilities, userinfo, introspection, refresh, account',
    async () => {
      const list = await full(await longest(LIMITED['scopes by a code each'] ?? [], isScopeAccepted))
      const [one, most] = [await signIn([ONE, ...OTHERS].join(' ')), await signIn(list)]
      const both = async (request: (tokens: typeof one) => Send) =>
        expectAtMostTwice(request(one), request(most))
      await both(({ access_token: bearer }) => send('/fhir/AuditEvent?_sort=-date&_count=20', { bearer }))
      const entry = Array.from({ length: 10 }, () => ({
        request: { method: 'GET', url: 'Observation?_count=5' },
      }))
      const bundle = json({ resourceType: 'Bundle', type: 'batch', entry })
      const fhir = { 'content-type': 'application/fhir+json' }
      await both(({ access_token: bearer }) => send('/fhir', { ...bundle, headers: fhir, bearer }))
      const body = new URLSearchParams('_sort=-date&category=vital-signs')
      await both(({ access_token: bearer }) =>
        send('/fhir/Observation/_search', { method: 'POST', body, bearer }),
      )
      await both(({ access_token: bearer }) => send('/fhir/metadata', { bearer }))
      await both(({ access_token: bearer }) => send('/oauth/userinfo', { bearer }))
      const basic = Buffer.from(`${gateway.client_id}:${gateway.client_secret}`).toString('base64')
      await both(({ access_token: token }) =>
        send('/oauth/introspect', {
          method: 'POST',
          body: new URLSearchParams({ token }),
          headers: { authorization: `Basic ${basic}` },
        }),
      )
      await both((tokens) => {
        let { refresh_token = '' } = tokens
        return async () => {
          const answer = await fetch(`${anna.server.url}/oauth/token`, {
            method: 'POST',
            body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token, client_id: 'ext' }),
          })
          ;({ refresh_token } = (await answer.json()) as { refresh_token: string })
          return answer.status
        }
      })
    },
    LONG,
  )

  test(
    'authorize, its pages, and the account page',
    async () => {
      const list = await full(await longest(LIMITED['scopes by a code each'] ?? [], isScopeAccepted))
      const scopes = { one: `launch/patient ${ONE}`, most: `launch/patient ${list}` }
      const authorize = async (scope: string) => {
        const { url } = await authorizationOf(anna, { scope })
        return send(url.pathname + url.search)
      }
      await expectAtMostTwice(await authorize(scopes.one), await authorize(scopes.most))

      const consent = async (scope: string): Promise<Visit> => {
        const { url, ...rest } = await authorizationOf(anna, { scope })
        const agent = createUserAgent(anna.server.url)
        return logIn({ agent, page: await agent.open(url), ...rest })
      }
      const show = async (scope: string): Promise<Send> => {
        const { agent, page } = await consent(scope)
        return async () => (await agent.open(page.url)).status
      }
      // Its lines are the work: each shows a limit and counts what it reaches.
      const lines = list.split(' ').filter((word) => word.includes('?')).length
      await expectAtMostTwice(await show(scopes.one), await show(scopes.most), lines)

      const wholeSignIn =
        (scope: string): Send =>
        async () => {
          await anna.server.store.db.deleteFrom('rate_limit').execute()
          const visit = await decide(await consent(scope))
          const body = new URLSearchParams({ ...codeForm(visit), client_id: 'ext' })
          return (await fetch(`${anna.server.url}/oauth/token`, { method: 'POST', body })).status
        }
      await expectAtMostTwice(wholeSignIn(scopes.one), wholeSignIn(scopes.most), lines)
    },
    LONG,
  )
})
