import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Purpose } from '../../../extension/messages/state.ts'
import { items } from '../../../extension/storage/items.ts'
import {
  type Script,
  type ScriptedOrganization,
  startScriptedOrganization,
} from '../../fixtures/scripted-organization.ts'
import { answerAtOnce } from '../../fixtures/scripted-sign-in.ts'
import { clearBrowser, configure, createWorker, storedText } from '../../fixtures/worker.ts'

let organization: ScriptedOrganization

beforeAll(async () => {
  organization = await startScriptedOrganization()
})
afterAll(() => organization.close())
beforeEach(async () => {
  await clearBrowser()
  organization.script = {}
  answerAtOnce(organization)
})

const signIn = async (script: Script, purpose: Purpose = 'record') => {
  organization.script = { ...script, tokens: { refresh_token: 'r', ...script.tokens } }
  const worker = createWorker()
  const { id } = await configure(worker, organization.url)
  await worker.signIn({ providerId: id, purpose })
  return worker
}

const signInToRegister = (script: Script) =>
  signIn({ ...script, tokens: { scope: 'openid client.register' } }, 'administer')

const size = async () => (await storedText('local')).length + (await storedText('session')).length

const long = 'x'.repeat(1_000_000)
const manyWords = Array.from({ length: 1900 }, (_, n) => `word_${n}`).join(' ')
const list = (count: number) => Array.from({ length: count }, () => 'RS256')
const patient = {
  resourceType: 'Patient',
  id: 'p',
  name: [{ text: long }],
  birthDate: long,
  gender: long,
  address: [{ city: long }],
  identifier: Array.from({ length: 1000 }, () => ({
    value: long.slice(0, 1000),
    system: long.slice(0, 1000),
  })),
}

it.each<[string, Script, number?]>([
  [
    'its scope',
    { tokens: { scope: `openid patient/Observation.rs ${long} ${'patient/*.rs '.repeat(50_000)}` } },
  ],
  ['its useless scopes', { tokens: { scope: `patient/Observation.rs ${manyWords} system/*.rs` } }],
  ['its algorithms', { issuerDocument: { id_token_signing_alg_values_supported: ['RS256', long] } }],
  ['its many algorithms', { issuerDocument: { id_token_signing_alg_values_supported: list(100_000) } }],
  ['the address of its page', { configuration: { management_endpoint: `/${long}` } }],
  [
    'the address of its page, written out',
    { configuration: { management_endpoint: `/${'é'.repeat(1500)}` } },
  ],
  ['a name', { claims: { name: long, preferred_username: long, fhirUser: `${long}/Patient/p` } }],
  [
    'its patient',
    {
      tokens: { scope: 'openid patient/*.rs' },
      fhir: (_request, response) =>
        void response
          .writeHead(200, { 'content-type': 'application/fhir+json' })
          .end(JSON.stringify(patient)),
    },
    40_000,
  ],
])(
  'F57 a sign-in takes little storage, however long an organization makes %s',
  async (_what, script, room = 5000) => {
    await signIn({})
    const usual = await size()
    await clearBrowser()
    await signIn(script)
    expect(Object.keys(await items.grants.get())).toHaveLength(1)
    expect(await size()).toBeLessThan(usual + room)
  },
)

it.each<[string, Script]>([
  ['a subject', { claims: { sub: 'x'.repeat(256) } }],
  ['an access token', { tokens: { access_token: long } }],
  ['a refresh token', { tokens: { refresh_token: long } }],
  ['an end', { tokens: { access_grant_expiration: `2099-01-01T00:00:00${'0'.repeat(100)}Z` } }],
])('F57 %s that is too long is refused, and nothing is kept', async (_what, script) => {
  await expect(signIn(script)).rejects.toMatchObject({ code: 'untrusted-answer' })
  expect([await items.connections.get(), await items.sessions.get(), await items.grants.get()]).toEqual([
    {},
    {},
    {},
  ])
})

it.each([
  ['a Client ID', { client_id: 'x'.repeat(501) }],
  ['a secret', { client_secret: 'x'.repeat(2001) }],
])('F57 %s that is too long is not registered here', async (_what, odd) => {
  const worker = await signInToRegister({
    configuration: { registration_endpoint: `${organization.url}/oauth/register` },
    first: ({ url }, response) =>
      url === '/oauth/register' &&
      Boolean(response.writeHead(201).end(JSON.stringify({ client_id: 'c', ...odd }))),
  })
  const [connectionId = ''] = Object.keys(await items.sessions.get())
  const registering = worker.registrations.register({
    connectionId,
    clientName: 'Ward tablet',
    redirectUri: 'https://ward.example/',
  })
  await expect(registering).rejects.toMatchObject({ code: 'untrusted-answer' })
  expect(await items.registrations.get()).toEqual({})
})

it('F57 an application whose address or token is too long is registered, but not stored', async () => {
  const register = `${organization.url}/oauth/register`
  const answers = [
    { registration_client_uri: `${register}/${'x'.repeat(2000)}`, registration_access_token: 't' },
    { registration_client_uri: `${register}/c`, registration_access_token: 'x'.repeat(20_000) },
  ]
  const worker = await signInToRegister({
    configuration: { registration_endpoint: register },
    first: ({ url }, response) =>
      url === '/oauth/register' &&
      Boolean(response.writeHead(201).end(JSON.stringify({ client_id: 'c', ...answers.shift() }))),
  })
  const [connectionId = ''] = Object.keys(await items.sessions.get())
  const form = { connectionId, clientName: 'Ward tablet', redirectUri: 'https://ward.example/' }
  for (const _each of [...answers])
    expect(await worker.registrations.register(form)).toEqual({ clientId: 'c' })
  expect(await items.registrations.get()).toEqual({})
})
