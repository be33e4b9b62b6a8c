import { readFile } from 'node:fs/promises'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KeyFile } from '../../server/keys/key-file.ts'
import { runAdmin } from '../fixtures/run-command.ts'
import { type ServerProcess, startServerProcess, startTwoProcesses } from '../fixtures/server-process.ts'
import { authorizationUrl, carekeyAt, discover } from '../fixtures/sign-in.ts'
import { obtainCode, redeem, refresh } from '../fixtures/token-requests.ts'
import { createUserAgent, type Page } from '../fixtures/user-agent.ts'
import { type AttackedDatabase, createAttackedDatabase } from './attacked-database.ts'

let database: AttackedDatabase
let first: ServerProcess
let second: ServerProcess
beforeAll(async () => {
  database = await createAttackedDatabase()
  const { url: db, logKey, keyFile } = database
  ;[first, second] = await startTwoProcesses({ db, logKey, keyFile })
})
afterAll(async () => {
  for (const each of new Set([first, second])) await each.stop()
  await database.close()
})

const rotate = (...more: string[]) =>
  runAdmin(['keys', 'rotate', ...more, '--db', database.url, '--keys', database.keyFile])
const keysIn = async () => JSON.parse(await readFile(database.keyFile, 'utf8')) as KeyFile

const PASSWORD = { username: 'jane', password: 'jane-demo' }

/** Everything that a person and an application can have open, and what the keys signed or sealed of it. */
const openAll = async () => {
  const { body } = await redeem(first.url, await obtainCode(first.url))
  const account = createUserAgent(first.url)
  await account.submit(await account.open('/login'), PASSWORD)
  const visitor = createUserAgent(first.url)
  const form = await visitor.open('/login')
  const authorization = async () => {
    const agent = createUserAgent(first.url)
    const request = { application: carekeyAt(first.url), scope: 'openid launch/patient patient/*.rs' }
    const login = await agent.open(await authorizationUrl(await discover(first.url), request, 'v'.repeat(43)))
    return { agent, login }
  }
  const waiting = await authorization()
  const asked = await authorization()
  const consent = await asked.agent.submit(asked.login, PASSWORD)
  const { access_token, refresh_token, id_token } = body as unknown as Record<string, string>
  const headers = { authorization: `Bearer ${access_token}` }
  const search = await fetch(`${first.url}/fhir/Observation?_count=1`, { headers })
  const { link } = (await search.json()) as { link: { relation: string; url: string }[] }
  const next = link.find(({ relation }) => relation === 'next')?.url ?? expect.fail()
  const isOpen = (page: Page, text: string) => page.status === 200 && page.html.includes(text)
  return {
    access_token,
    refresh_token,
    id_token: id_token ?? '',
    /** The names of those that still work. */
    alive: async () => {
      const works = {
        session: isOpen(await account.open('/account'), 'Jane Doe'),
        authorization: isOpen(await waiting.agent.open(waiting.login.url), 'name="password"'),
        form: (await visitor.submit(form, PASSWORD)).url.pathname === '/account',
        'sign-in': isOpen(await waiting.agent.submit(waiting.login, PASSWORD), 'name="allow"'),
        consent: (
          await asked.agent.submit(consent, { window: 'visit', decision: 'allow' })
        ).url.searchParams.has('code'),
        'page link': (await fetch(next, { headers })).ok,
        id_token: await jwtVerify(
          id_token ?? '',
          createRemoteJWKSet(new URL(`${first.url}/oauth/jwks`)),
        ).then(
          () => true,
          () => false,
        ),
      }
      return Object.entries(works).flatMap(([name, does]) => (does ? [name] : []))
    },
  }
}

const ALL = ['session', 'authorization', 'form', 'sign-in', 'consent', 'page link', 'id_token']

describe('J21 keys that were stolen are replaced while the server runs', () => {
  test('everything works before, and after an ordinary rotation', async () => {
    const opened = await openAll()
    expect((await rotate()).status).toBe(0)
    expect(await opened.alive()).toEqual(ALL)
  })

  test('what the old keys signed or sealed ends at once, and grants go on', async () => {
    const opened = await openAll()
    const before = await keysIn()
    const { status, out, last } = await rotate('--compromised')
    expect(status, last).toBe(0)
    const [signing, ...others] = (JSON.parse(out) as { keys: { kid: string; state: string }[] }).keys
    expect(signing?.state).toBe('signs')
    expect(new Set(others.map(({ state }) => state))).toEqual(new Set(['over']))

    expect(await opened.alive()).toEqual([])
    for (const process of [first, second]) {
      const { keys } = (await (await fetch(`${process.url}/oauth/jwks`)).json()) as {
        keys: { kid: string }[]
      }
      expect(keys.map(({ kid }) => kid)).toEqual([signing?.kid])
      const headers = { authorization: `Bearer ${opened.access_token}` }
      expect((await fetch(`${process.url}/fhir/Patient/john-doe`, { headers })).status).toBe(200)
    }
    const { status: refreshed, body } = await refresh(second.url, opened.refresh_token)
    expect(refreshed).toBe(200)
    const idToken = (body as { id_token?: string }).id_token ?? ''
    expect(decodeProtectedHeader(idToken).kid).toBe(signing?.kid)
    await jwtVerify(idToken, createRemoteJWKSet(new URL(`${first.url}/oauth/jwks`)))

    const after = await keysIn()
    const secretsOf = ({ cookies, pages, forms, signing: [{ key }] }: KeyFile) => [
      cookies,
      pages,
      forms,
      key.d,
    ]
    for (const secret of secretsOf(before)) expect(JSON.stringify(after)).not.toContain(secret)
  })

  test('people sign in again, and all of it works', async () => {
    expect(await (await openAll()).alive()).toEqual(ALL)
  })

  test('while the server is stopped as well', async () => {
    const opened = await openAll()
    for (const each of new Set([first, second])) await each.stop()
    expect((await rotate('--compromised')).status).toBe(0)
    const { url: db, logKey, keyFile } = database
    first = await startServerProcess({ db, logKey, keyFile, port: first.port })
    second = first
    expect(await opened.alive()).toEqual([])
    expect((await refresh(first.url, opened.refresh_token)).status).toBe(200)
  }, 60_000)

  test('keys that are lost cannot have been stolen, and the other way round', async () => {
    const { status, last } = await rotate('--compromised', '--lost')
    expect([status, last]).toEqual([2, '--lost and --compromised cannot be combined. Choose one.'])
  })
})
