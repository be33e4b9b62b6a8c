import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Store } from '../../server/store/store.ts'
import { createDpopKey } from '../fixtures/dpop-key.ts'
import { riverside } from '../fixtures/seeded-database.ts'
import { type ServerProcess, startTwoProcesses } from '../fixtures/server-process.ts'
import { carekey } from '../fixtures/sign-in.ts'
import { registerSignedClient } from '../fixtures/signed-client.ts'
import { createDatabase, type TestDatabase } from '../fixtures/store.ts'
import { obtainCode } from '../fixtures/token-requests.ts'

const REPETITIONS = 20
const AT_ONCE = 16

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

const onBoth = <T>(ask: (base: string) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, at) => ask((at % 2 === 0 ? first : second).url)))

const postToken = async (base: string, form: Record<string, string>, dpop?: string) => {
  const headers = dpop === undefined ? undefined : { dpop }
  const response = await fetch(`${base}/oauth/token`, {
    method: 'POST',
    ...(headers && { headers }),
    body: new URLSearchParams(form),
  })
  const body = (await response.json()) as Record<string, string>
  return { status: response.status, body, said: `${response.status} ${body.error ?? ''}` }
}

const onceOf = (answers: readonly { said: string }[], refused: string) => {
  const [winner, ...more] = answers.filter(({ said }) => said.startsWith('200'))
  expect(winner).toBeDefined()
  expect(more).toEqual([])
  expect(new Set(answers.filter((answer) => answer !== winner).map(({ said }) => said))).toEqual(
    new Set([refused]),
  )
}

/** A refresh token that is bound to a key, and the proof of possession of the key. */
const bind = async () => {
  const key = await createDpopKey()
  const proof = () => key.proof({ method: 'POST', url: `${first.url}/oauth/token` })
  const { code, verifier, redirect_uri } = await obtainCode(first.url)
  const form = {
    grant_type: 'authorization_code',
    client_id: carekey.client_id,
    redirect_uri,
    code,
    code_verifier: verifier,
  }
  const { body } = await postToken(first.url, form, await proof())
  expect(body.token_type).toBe('DPoP')
  return { key, proof, token: body }
}

test(`A33 a client assertion that ${AT_ONCE} clients present at once is accepted once, ${REPETITIONS} times`, async () => {
  const job = await registerSignedClient({ url: first.url, store })
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const form = {
      grant_type: 'client_credentials',
      scope: 'system/Patient.rs',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await job.assertion(),
    }
    onceOf(await onBoth((base) => postToken(base, form)), '401 invalid_client')
    expect((await postToken(second.url, form)).said).toBe('401 invalid_client')
  }
}, 60_000)

test(`a DPoP proof that ${AT_ONCE} clients refresh with at once is accepted once, ${REPETITIONS} times`, async () => {
  let { proof, token } = await bind()
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const form = {
      grant_type: 'refresh_token',
      client_id: carekey.client_id,
      refresh_token: token.refresh_token ?? '',
    }
    const same = await proof()
    const answers = await onBoth((base) => postToken(base, form, same))
    onceOf(answers, '400 invalid_dpop_proof')
    // It does not end the grant: the application continues with the tokens of the first answer.
    expect((await postToken(second.url, form, same)).said).toBe('400 invalid_dpop_proof')
    token = answers.find(({ status }) => status === 200)?.body ?? token
  }
}, 60_000)

test(`a DPoP proof that ${AT_ONCE} clients read with at once is accepted once, ${REPETITIONS} times`, async () => {
  const { key, token } = await bind()
  const path = '/fhir/Patient/john-doe'
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const dpop = await key.proof({
      method: 'GET',
      url: `${first.url}${path}`,
      token: token.access_token ?? '',
    })
    const answers = await onBoth(async (base) => {
      const headers = { authorization: `DPoP ${token.access_token}`, dpop }
      const response = await fetch(`${base}${path}`, { headers })
      await response.arrayBuffer()
      return { said: String(response.status) }
    })
    onceOf(answers, '401')
  }
}, 60_000)
