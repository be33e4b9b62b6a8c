import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runAdmin } from '../fixtures/run-command.ts'
import { type ServerProcess, startTwoProcesses } from '../fixtures/server-process.ts'
import { obtainCode, redeem, refresh, type TokenAnswer } from '../fixtures/token-requests.ts'
import { type AttackedDatabase, createAttackedDatabase } from './attacked-database.ts'

const AT_ONCE = 8
const ROTATIONS = 3

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

const admin = async (...args: string[]): Promise<ListedKey[]> => {
  const { status, out, last } = await runAdmin([...args, '--db', database.url, '--keys', database.keyFile])
  expect(status, last).toBe(0)
  return (JSON.parse(out) as { keys: ListedKey[] }).keys
}
interface ListedKey {
  readonly kid: string
  readonly state: string
  readonly until?: string
}

const idTokenOf = ({ body }: TokenAnswer): string => (body as { id_token?: string }).id_token ?? expect.fail()
const kidOf = (idToken: string) => decodeProtectedHeader(idToken).kid

/** Fetches the keys of a process again, as a client does when it meets an unknown key ID. */
const verify = ({ url }: ServerProcess, idToken: string) =>
  jwtVerify(idToken, createRemoteJWKSet(new URL(`${url}/oauth/jwks`)), { issuer: first.url })

test(`F52 keys are rotated ${ROTATIONS} times under load: no request fails, and every id_token verifies until it expires`, async () => {
  const answers: { process: ServerProcess; answer: TokenAnswer }[] = []
  let isOver = false
  const load = Array.from({ length: AT_ONCE }, async (_, at) => {
    let { body } = await redeem(first.url, await obtainCode(first.url))
    for (let turn = at; !isOver; turn++) {
      const [process, other] = turn % 2 === 0 ? [first, second] : [second, first]
      const answer = await refresh(process.url, body.refresh_token)
      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      answers.push({ process, answer })
      // Immediately, and with the keys of the process that did not sign it.
      await verify(other, idTokenOf(answer))
      body = answer.body
    }
  })
  const kids: string[] = []
  const rotate = async () => {
    for (let rotation = 0; rotation < ROTATIONS; rotation++) {
      const [signing] = await admin('keys', 'rotate')
      kids.push(signing?.kid ?? expect.fail())
      for (const process of [first, second]) {
        const fresh = await redeem(process.url, await obtainCode(process.url))
        expect(kidOf(idTokenOf(fresh))).toBe(signing?.kid)
      }
    }
  }
  await Promise.all([
    ...load,
    rotate().finally(() => {
      isOver = true
    }),
  ])
  const usedKeys = new Set(answers.map(({ answer }) => kidOf(idTokenOf(answer))))
  expect(new Set(kids).size).toBe(ROTATIONS)
  expect([...usedKeys]).toEqual(expect.arrayContaining(kids.slice(0, -1)))
  for (const { answer } of answers)
    for (const process of [first, second]) await verify(process, idTokenOf(answer))

  const list = await admin('keys', 'list')
  expect(list.map(({ kid }) => kid).slice(0, ROTATIONS)).toEqual(kids.toReversed())
  expect(list.map(({ state }) => state)).toEqual(['signs', ...kids.map(() => 'published')])
}, 120_000)

test('F52 only public keys are published, and caches must revalidate them', async () => {
  for (const { url } of [first, second]) {
    const response = await fetch(`${url}/oauth/jwks`)
    expect(response.headers.get('cache-control')).toBe('no-cache')
    const { keys } = (await response.json()) as { keys: object[] }
    expect(keys).toHaveLength(ROTATIONS + 1)
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
    // Discovery contains only the address of the keys, so it may be cached.
    const discovery = await fetch(`${url}/.well-known/openid-configuration`)
    expect(discovery.headers.get('cache-control')).toBe('public, max-age=300')
    expect(await discovery.json()).toMatchObject({ jwks_uri: `${first.url}/oauth/jwks` })
  }
})
