import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { beforeAll, describe, test } from 'vitest'
import { attack } from '../attacks/attack.ts'
import { authorizationOf } from '../attacks/authorization-request.ts'
import { comparing, FILLING, json, LONG, longest, type Send } from './compare-cost.ts'

/** J02: as `cost.test.ts`, for the lists of a registration and of one request. */
const anna = attack()
const { send, expectAtMostTwice, putReadings } = comparing(anna)
beforeAll(putReadings)

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
      `Observation?_count=5&${Array.from({ length: count - 1 }, (_, at) => `category=vital-signs,${at}`).join('&')}`,
    values: (count) =>
      `Observation?_count=5&code=${Array.from({ length: count }, (_, at) => `${10_000 + at}-1`).join()}`,
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
    'names of agents: a hundred cost at most twice as much as one',
    async () => {
      await anna.server.store.write((trx) =>
        trx
          .insertInto('account')
          .values(
            Array.from({ length: 500 }, (_, at) => ({
              ...{ id: `agent-${at}`, username: `agent-${at}`, name: `Given${at} Middle Famíly${at}` },
              ...{
                password_hash: '',
                role: 'clinician' as const,
                patient: null,
                practitioner: `agent-${at}`,
              },
            })),
          )
          .execute(),
      )
      const bearer = await anna.token('TADM')
      const search = (count: number) =>
        send(
          `/fhir/AuditEvent?agent-name=${Array.from({ length: count }, (_, at) => `nobody${at}`).join()}`,
          {
            bearer,
          },
        )
      await expectAtMostTwice(search(1), search(100))
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
  test.each<[string, (count: number) => RequestInit & { path?: string }, most?: number]>([
    ['Accept', (count) => ({ headers: { accept: `${repeated('text/x', count)},application/fhir+json` } })],
    [
      'Accept-Language',
      (count) => ({ path: '/login', headers: { 'accept-language': repeated('de', count) } }),
    ],
    [
      'Cookie',
      (count) => ({ path: '/login', headers: { cookie: repeated('a=b', count).replaceAll(',', '; ') } }),
      200,
    ],
    ['Prefer', (count) => ({ headers: { prefer: `${repeated('return=x', count)},handling=strict` } })],
  ])(
    '%s: as long as headers may be costs at most twice as much',
    async (_, requestOf, most = 1500) => {
      const bearer = await anna.token('TA')
      const request = (count: number): Send => {
        const { path = '/fhir/Observation/many-1', ...init } = requestOf(count)
        return send(path, path === '/login' ? init : { ...init, bearer })
      }
      await expectAtMostTwice(request(1), request(most))
    },
    LONG,
  )
})
