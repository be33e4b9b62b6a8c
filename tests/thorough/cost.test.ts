import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { STORED_TYPES } from '../../server/query/parameters.ts'
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
import { observation } from '../fixtures/canary.ts'
import type { Application } from '../fixtures/sign-in.ts'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { costOf, type Send } from './compare-cost.ts'

/**
 * J02: every endpoint with every list at its limit, beside the same with one element, in the server's processor time. The limit is the
 * longest list that the server accepts, so a limit that is taken away shows. A list that comes back with each request of a grant or
 * of an application may cost twice as much in all; one that is the work itself, such as the entries of a batch, twice as much each.
 */
const anna = attack()

const LONG = 900_000

beforeAll(async () => {
  const [performer] = [{ reference: 'Practitioner/pr1' }]
  const many = Array.from({ length: 1000 }, (_, at) =>
    observation(`many-${at}`, 'pa', {
      performer: [performer],
      effectiveDateTime: `2024-01-${String((at % 28) + 1).padStart(2, '0')}`,
    }),
  )
  await anna.server.put(many)
})

const send =
  (path: string, init: RequestInit & { bearer?: string | undefined } = {}): Send =>
  async () => {
    // Strangers begin 300 authorizations in 5 minutes, and these are more.
    if (path.startsWith('/oauth/authorize')) await anna.server.store.db.deleteFrom('rate_limit').execute()
    const headers = new Headers(init.headers)
    if (init.bearer !== undefined) headers.set('authorization', `Bearer ${init.bearer}`)
    const answer = await fetch(`${anna.server.url}${path}`, { redirect: 'manual', ...init, headers })
    await answer.arrayBuffer()
    return answer.status
  }

const json = (body: unknown, bearer?: string): RequestInit & { bearer: string | undefined } => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
  bearer,
})

const expectAtMostTwice = async (one: Send, most: Send, elements = 1): Promise<void> => {
  const cost = await costOf(anna.server, { one, most })
  const ratio = cost.most / (cost.one * elements)
  expect(ratio, `${cost.one.toFixed(2)} ms with one element`).toBeLessThanOrEqual(2)
}

/** Returns the longest of these lists that the server accepts. */
const longest = async <T>(lists: readonly T[], isAccepted: (list: T) => Promise<boolean>): Promise<T> => {
  for (const list of lists) if (await isAccepted(list)) return list
  throw new Error('the server accepts none of the lists')
}

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
/** Words to fill the rest of a list. */
const FILLING = STORED_TYPES.filter((type) => type !== 'Observation').flatMap((type) =>
  ['r', 's', 'rs', 'read'].map((actions) => `patient/${type}.${actions}`),
)
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

describe('J02 a registration with lists at the limit', () => {
  const metadata = (more: object) => ({
    client_name: 'Lists',
    redirect_uris: ['https://lists.example/callback'],
    token_endpoint_auth_method: 'none',
    ...more,
  })
  const keys = async (count: number): Promise<JWK[]> =>
    Promise.all(
      Array.from({ length: count }, async (_, at) => {
        const { publicKey } = await generateKeyPair('ES384', { extractable: true })
        return { ...(await exportJWK(publicKey)), kid: `key-${at}`, alg: 'ES384', use: 'sig' }
      }),
    )
  const SIZES = [200, 100, 50, 20, 10, 5]
  const LISTS: Readonly<Record<string, (count: number) => Promise<object> | object>> = {
    redirect_uris: (count) => ({
      redirect_uris: Array.from({ length: count }, (_, at) => `https://lists.example/callback/${at}`),
    }),
    contacts: (count) => ({
      contacts: Array.from({ length: count }, (_, at) => `somebody-${at}@lists.example`),
    }),
    jwks: async (count) => ({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: await keys(count) },
    }),
    scope: (count) => ({ scope: FILLING.slice(0, count).join(' ') }),
    grant_types: (count) => ({
      grant_types: Array.from({ length: count + 1 }, (_, at) =>
        at % 2 ? 'refresh_token' : 'authorization_code',
      ),
    }),
  }

  test.each(Object.entries(LISTS))(
    '%s: registration, its reading and change, and each request of the application',
    async (name, listOf) => {
      const bearer = await anna.token('TADM')
      const register = async (more: object) => {
        const answer = await fetch(`${anna.server.url}/oauth/register`, {
          ...json(metadata(more)),
          headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
        })
        return { status: answer.status, client: (await answer.json()) as Record<string, string> }
      }
      const lists = await Promise.all([...(name === 'scope' ? [108, 64, 60] : []), ...SIZES].map(listOf))
      const most = await longest(lists, async (list) => (await register(list)).status === 201)
      const one = await listOf(1)
      await expectAtMostTwice(
        send('/oauth/register', json(metadata(one), bearer)),
        send('/oauth/register', json(metadata(most), bearer)),
      )
      const manage = async (list: object): Promise<Record<'read' | 'change' | 'authorize', Send>> => {
        const { client } = await register(list)
        const path = `/oauth/register/${client.client_id}`
        const own = client.registration_access_token
        const next = { ...metadata(list), client_id: client.client_id }
        const redirect = (next as { redirect_uris: string[] }).redirect_uris.at(-1) ?? ''
        const application = { client_id: client.client_id ?? '', redirect_uri: redirect }
        const { url } = await authorizationOf(anna, {
          application,
          scope: 'launch/patient patient/Patient.rs',
        })
        return {
          read: send(path, { bearer: own }),
          change: send(path, { ...json(next, own), method: 'PUT' }),
          authorize: send(url.pathname + url.search),
        }
      }
      const [few, all] = [await manage(one), await manage(most)]
      for (const kind of ['read', 'change', 'authorize'] as const)
        await expectAtMostTwice(few[kind], all[kind])
    },
    LONG,
  )

  test(
    'an assertion that is tried with every key',
    async () => {
      const refusedTry = async (count: number): Promise<Send> => {
        const answer = await fetch(`${anna.server.url}/oauth/register`, {
          ...json(metadata((await LISTS.jwks?.(count)) ?? {})),
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${await anna.token('TADM')}`,
          },
        })
        const { client_id = '' } = (await answer.json()) as { client_id?: string }
        const { privateKey } = await generateKeyPair('ES384')
        return async () => {
          await anna.server.store.db.deleteFrom('rate_limit').execute()
          const assertion = await new SignJWT({
            ...{ iss: client_id, sub: client_id, aud: `${anna.server.url}/oauth/token` },
            ...{ jti: crypto.randomUUID(), exp: Math.floor(Date.now() / 1000) + 60 },
          })
            .setProtectedHeader({ alg: 'ES384' })
            .sign(privateKey)
          const answer = await fetch(`${anna.server.url}/oauth/token`, {
            method: 'POST',
            body: new URLSearchParams({
              ...{ grant_type: 'client_credentials', scope: 'system/*.rs', client_assertion: assertion },
              client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            }),
          })
          return answer.status === 401 ? 200 : 500
        }
      }
      await expectAtMostTwice(await refusedTry(1), await refusedTry(10))
    },
    LONG,
  )
})

describe('J02 the lists of one request', () => {
  const ELEMENTS = [500, 100, 50, 10]
  const WORK: Readonly<Record<string, (count: number) => string>> = {
    parameters: (count) =>
      `Observation?_count=5&${Array(count - 1)
        .fill('category=vital-signs')
        .join('&')}`,
    values: (count) =>
      `Observation?_count=5&code=${Array.from({ length: count }, (_, at) => code(at)).join()}`,
    includes: (count) =>
      `Observation?_count=5&${Array(count).fill('_include=Observation:performer').join('&')}`,
    'elements to keep': (count) =>
      `Observation?_count=5&_elements=${Array.from({ length: count }, (_, at) => `e${at}`).join()}`,
    ids: (count) => `Observation?_id=${Array.from({ length: count }, (_, at) => `many-${at}`).join()}`,
  }

  test.each(Object.entries(WORK))(
    '%s: each costs no more than twice the only one',
    async (_, pathOf) => {
      const bearer = await anna.token('TA')
      const path = (count: number) => send(`/fhir/${pathOf(count)}`, { bearer })
      const count = await longest(ELEMENTS, async (each) => (await path(each)()) === 200)
      await expectAtMostTwice(path(2), path(count), count / 2)
    },
    LONG,
  )

  test(
    'entries of a batch: each costs no more than twice the only one',
    async () => {
      const bearer = await anna.token('TA')
      const batch = (count: number) =>
        send('/fhir', {
          ...json({
            resourceType: 'Bundle',
            type: 'batch',
            entry: Array.from({ length: count }, (_, at) => ({
              request: { method: 'GET', url: `Observation/many-${at}` },
            })),
          }),
          headers: { 'content-type': 'application/fhir+json' },
          bearer,
        })
      const count = await longest(ELEMENTS, async (each) => (await batch(each)()) === 200)
      await expectAtMostTwice(batch(1), batch(count), count)
    },
    LONG,
  )

  const repeated = (what: string, count: number) => Array(count).fill(what).join(',')
  test.each<[string, (count: number) => RequestInit & { path?: string }]>([
    ['Accept', (count) => ({ headers: { accept: `${repeated('text/x', count)},application/fhir+json` } })],
    [
      'Accept-Language',
      (count) => ({ path: '/login', headers: { 'accept-language': repeated('de', count) } }),
    ],
    [
      'Cookie',
      (count) => ({ path: '/login', headers: { cookie: repeated('a=b', count).replaceAll(',', '; ') } }),
    ],
    ['Prefer', (count) => ({ headers: { prefer: `${repeated('return=x', count)},handling=strict` } })],
  ])(
    '%s: as long as headers may be costs at most twice as much',
    async (_, requestOf) => {
      const bearer = await anna.token('TA')
      const request = (count: number): Send => {
        const { path = '/fhir/Observation/many-1', ...init } = requestOf(count)
        return send(path, path === '/login' ? init : { ...init, bearer })
      }
      await expectAtMostTwice(request(1), request(1500))
    },
    LONG,
  )
})
