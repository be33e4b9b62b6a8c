import { beforeEach, expect, test } from 'vitest'
import { storeBoundRecord } from '../../server/grants/accounts.ts'
import { storedId } from '../../server/grants/stored-id.ts'
import { LIMITS } from '../../server/sign-in/secrets/rate-limit.ts'
import { refusedRequests } from '../fixtures/refused-requests.ts'
import { attack } from './attack.ts'
import { authorizationOf } from './authorization-request.ts'

const PUBLIC_URL = 'https://records.test'
// Behind a proxy, so that requests can come from many addresses.
const anna = attack({ publicUrl: PUBLIC_URL })
const { failures: MOST } = LIMITS.authorization
const { failures: MOST_OF_SITE } = LIMITS.authorizationSite

const table = async (name: 'oauth_record' | 'rate_limit', model?: string) => {
  const { countAll } = anna.server.store.db.fn
  const { count } = await anna.server.store.db
    .selectFrom(name as 'oauth_record')
    .select(countAll<number>().as('count'))
    .$if(model !== undefined, (query) => query.where('model', '=', model ?? ''))
    .executeTakeFirstOrThrow()
  return Number(count)
}
/** The counts of a full minute become entries of their own. */
const countEntries = async () => {
  const { count } = await anna.server.store.db
    .selectFrom('audit_event')
    .where('subtype', '<>', 'refusals')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
beforeEach(() =>
  anna.server.store.write(async (trx) => {
    await trx.deleteFrom('rate_limit').execute()
    await trx.deleteFrom('oauth_record').where('model', '=', 'Interaction').execute()
  }),
)

/** The path to which an application's request is redirected. */
const addressOf = async () => {
  const { url } = await authorizationOf(anna, { parameters: { state: 's'.repeat(8_000) } })
  return `/oauth/authorize${url.search}`
}
/** Sends requests without the oracles, which would check each of them. */
const begin = async (path: string, from: string): Promise<number> => {
  const response = await fetch(`${anna.server.url}${path}`, {
    redirect: 'manual',
    headers: { 'x-forwarded-for': from },
  })
  await response.text()
  return response.status
}
const beginMany = async (path: string, count: number, from: string): Promise<Record<number, number>> => {
  const statuses: Record<number, number> = {}
  for (let sentCount = 0; sentCount < count; sentCount += 40) {
    const batch = Array.from({ length: Math.min(40, count - sentCount) }, () => begin(path, from))
    for (const status of await Promise.all(batch)) statuses[status] = (statuses[status] ?? 0) + 1
  }
  return statuses
}

test(`F32 of the authorizations that a network begins, ${MOST} are stored, and none gets an entry in the log`, {
  timeout: 60_000,
}, async () => {
  const path = await addressOf()
  const entries = await countEntries()
  const { by } = await refusedRequests(anna.server.store)
  expect(await beginMany(path, MOST + 80, '198.18.0.1')).toEqual({ 303: MOST, 429: 80 })
  expect(await table('oauth_record', 'Interaction')).toBe(MOST)
  expect(await countEntries()).toBe(entries)
  const now = (await refusedRequests(anna.server.store)).by
  expect((now['authorize too_many_attempts'] ?? 0) - (by['authorize too_many_attempts'] ?? 0)).toBe(80)
  // The others continue, and all of them get the same page.
  expect(await begin(path, '198.18.0.2')).toBe(303)
  const answer = await anna.send(path, { from: '198.18.0.1' })
  expect(answer.status).toBe(429)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(answer.text).toMatch(
    /Too many sign-ins were started from your network and not finished\. Wait [45] minutes/,
  )
})

test('F12 a browser in which somebody signed in before is not stopped by strangers at its address, and has a count of its own', {
  timeout: 60_000,
}, async () => {
  const from = '198.18.0.7'
  const path = await addressOf()
  await beginMany(path, MOST, from)
  const beginIn = async (cookie: string) => {
    const headers = { 'x-forwarded-for': from, cookie }
    const response = await fetch(`${anna.server.url}${path}`, { redirect: 'manual', headers })
    await response.text()
    return response.status
  }
  const known = 'k'.repeat(43)
  const account = await anna.server.store.db
    .selectFrom('account')
    .select(['id', 'generation'])
    .where('username', '=', 'anna')
    .executeTakeFirstOrThrow()
  await anna.server.store.write((trx) =>
    storeBoundRecord(trx, account, {
      ...{ model: 'Device', id: 'known', payload: '{}', uid: storedId(known) },
      expires_at: Date.now() + 86_400_000,
    }),
  )
  expect(await beginIn(`__Host-carekey_device=${'x'.repeat(43)}`)).toBe(429)
  const cookie = `__Host-carekey_device=${known}`
  for (let count = 0; count < LIMITS.authorizationBrowser.failures; count++)
    expect(await beginIn(cookie)).toBe(303)
  expect(await beginIn(cookie)).toBe(429)
  // An account that changed since knows no browser.
  await anna.server.store.write(async (trx) => {
    await trx.deleteFrom('rate_limit').where('failures', '<=', 30).execute()
    await trx
      .updateTable('account')
      .set(({ eb }) => ({ generation: eb('generation', '+', 1) }))
      .where('id', '=', account.id)
      .execute()
  })
  expect(await beginIn(cookie)).toBe(429)
})

test(`F32 all 65,536 networks of a /48 begin ${MOST_OF_SITE} together, each stored with 33 kB at most`, {
  timeout: 60_000,
}, async () => {
  const { url } = await authorizationOf(anna, {})
  url.searchParams.delete('state')
  // Node refuses a longer head of a request; JSON stores two characters for each of these.
  const path = `/oauth/authorize${url.search}&state=${'\\'.repeat(15_500)}`
  const statuses: Record<number, number> = {}
  for (let at = 0; at < MOST_OF_SITE + 80; at += 40) {
    const batch = Array.from({ length: 40 }, (_, n) => begin(path, `2001:db8:7:${(at + n).toString(16)}::1`))
    for (const status of await Promise.all(batch)) statuses[status] = (statuses[status] ?? 0) + 1
  }
  expect(statuses).toEqual({ 303: MOST_OF_SITE, 429: 80 })
  const stored = await anna.server.store.db
    .selectFrom('oauth_record')
    .select('payload')
    .where('model', '=', 'Interaction')
    .execute()
  expect(stored).toHaveLength(MOST_OF_SITE)
  const longest = Math.max(...stored.map(({ payload }) => payload.length))
  expect(longest).toBeGreaterThan(31_000)
  expect(longest).toBeLessThan(33_000)
  // A network that is refused adds no row of its own: one is counted for each that began, and one for the site.
  expect(await table('rate_limit')).toBe(MOST_OF_SITE + 1)
  expect(await begin(path, '2001:db8:8::1')).toBe(303)
  expect(await begin(path, '198.18.0.7')).toBe(303)
})

/** What the authorizations of all networks and sites count together. */
const counted = async () => {
  const rows = await anna.server.store.db
    .selectFrom('rate_limit')
    .select('failures')
    .where('bucket', 'like', 'authorization%')
    .execute()
  return rows.reduce((sum, { failures }) => sum + failures, 0)
}

test('J03 authorizations without a page (prompt=none), and those that are refused, are limited alike', {
  timeout: 60_000,
}, async () => {
  const path = await addressOf()
  const entries = await countEntries()
  const share = MOST / 3
  expect(await beginMany(`${path}&prompt=none`, share, '198.18.0.5')).toEqual({ 303: share })
  expect(await beginMany(`${path}&response_type=token`, share, '198.18.0.5')).toEqual({ 303: share })
  expect(await beginMany('/oauth/authorize?client_id=x', share, '198.18.0.5')).toEqual({ 400: share })
  expect(await beginMany(`${path}&prompt=none`, 100, '198.18.0.5')).toEqual({ 429: 100 })
  expect(await begin(path, '198.18.0.5')).toBe(429)
  expect(await counted()).toBe(2 * MOST)
  expect(await table('oauth_record', 'Interaction')).toBe(0)
  expect(await countEntries()).toBe(entries)
  expect(await begin(path, '198.18.0.6')).toBe(303)
})

test('F32 an authorization that somebody signs in to is not counted', async () => {
  const path = await addressOf()
  const login = await anna.send(path, { from: '198.18.0.3' })
  expect(await counted()).toBe(2)
  const cookie = login.headers.getSetCookie().map((line) => line.split(';')[0])
  const page = await anna.send(login.headers.get('location') ?? '', {
    from: '198.18.0.3',
    headers: { cookie: cookie.join('; ') },
  })
  const form_token = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const signIn = (password: string) =>
    anna.send(login.headers.get('location') ?? '', {
      method: 'POST',
      from: '198.18.0.3',
      headers: { cookie: cookie.join('; '), origin: PUBLIC_URL },
      body: new URLSearchParams({ form_token, username: 'anna', password }),
    })
  expect((await signIn('wrong')).status).toBe(200)
  expect(await counted()).toBe(2)
  expect((await signIn('anna-demo')).status).toBe(303)
  expect(await counted()).toBe(0)
})

test('F32 unknown applications share one count of their network', async () => {
  const ask = async (name: string, from: string) => {
    const response = await fetch(`${anna.server.url}/oauth/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${name}:guess`).toString('base64')}`,
        'x-forwarded-for': from,
      },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' }),
    })
    await response.text()
    return response.status
  }
  const before = await table('rate_limit')
  const statuses: number[] = []
  for (let n = 0; n < 40; n++) statuses.push(await ask(`nobody-${n}`, '198.18.0.4'))
  expect(statuses.filter((status) => status === 401)).toHaveLength(LIMITS.client.failures)
  expect(statuses.filter((status) => status === 429)).toHaveLength(40 - LIMITS.client.failures)
  // Of their network, and of its site.
  expect((await table('rate_limit')) - before).toBe(2)
  // A known application does not have to wait for any of them.
  expect(await ask('conf', '198.18.0.4')).toBe(401)
})
