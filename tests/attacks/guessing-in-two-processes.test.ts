import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { putClient } from '../../server/oauth/clients/clients.ts'
import { LIMITS } from '../../server/sign-in/secrets/rate-limit.ts'
import type { Store } from '../../server/store/store.ts'
import { riverside } from '../fixtures/seeded-database.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { createDatabase, type TestDatabase } from '../fixtures/store.ts'
import { createUserAgent } from '../fixtures/user-agent.ts'

let database: TestDatabase
let store: Store
let processes: ServerProcess[]
beforeAll(async () => {
  database = await createDatabase(inject('postgres') === undefined ? 'sqlite' : 'postgres', riverside)
  const { url: db, logKey } = database
  const first = await startServerProcess({ db, logKey })
  processes = [first, await startServerProcess({ db, logKey, publicUrl: first.url })]
  store = await database.open()
})
afterAll(async () => {
  await store.close()
  for (const process of processes) await process.stop()
  await database.close()
})
beforeEach(() => store.write((trx) => trx.deleteFrom('rate_limit').execute()))

const baseOf = (n: number) => processes[n % 2]?.url ?? ''

test('F10 of 100 passwords for one name at two processes at once, no more than the limit are checked', async () => {
  const forms = await Promise.all(
    processes.map(async ({ url }) => {
      const agent = createUserAgent(url)
      const { html } = await agent.open('/login')
      const form_token = /name="form_token" value="([^"]+)"/.exec(html)?.[1] ?? ''
      return { form_token, cookie: [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
    }),
  )
  await Promise.all(
    Array.from({ length: 100 }, async (_, n) => {
      const { form_token = '', cookie = '' } = forms[n % 2] ?? {}
      const password = n === 99 ? 'john-demo' : `guess-${n}`
      const answer = await fetch(`${baseOf(n)}/login`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie },
        body: new URLSearchParams({ username: 'john', password, form_token }),
      })
      expect(answer.status).toBe(200)
      await answer.text()
    }),
  )
  const rows = await store.db
    .selectFrom('audit_event')
    .select('json')
    .where('subtype', '=', 'sign-in')
    .where('outcome', '=', '4')
    .execute()
  const reasons = rows.map(({ json }) => (JSON.parse(json) as { outcomeDesc?: string }).outcomeDesc)
  expect(reasons.filter((reason) => reason === 'wrong_password')).toHaveLength(LIMITS.account.failures)
})

test('F10 of 100 secrets for one application at two processes at once, no more than the limit are checked', async () => {
  await store.write((trx) =>
    putClient(trx, {
      client_id: 'conf',
      client_secret: 'the-secret-of-a-confidential-client',
      redirect_uris: ['https://conf.example/callback'],
      token_endpoint_auth_method: 'client_secret_basic',
    }),
  )
  const statuses = await Promise.all(
    Array.from({ length: 100 }, async (_, n) => {
      const secret = n === 99 ? 'the-secret-of-a-confidential-client' : `guess-${n}`
      const answer = await fetch(`${baseOf(n)}/oauth/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`conf:${secret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'nobodys' }),
      })
      await answer.text()
      return answer.status
    }),
  )
  expect(statuses.filter((status) => status === 401)).toHaveLength(LIMITS.client.failures)
  expect(statuses.filter((status) => status === 429)).toHaveLength(100 - LIMITS.client.failures)
})
