import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  hashPassword,
  sharersOf,
  UNMATCHABLE_HASH,
  withReservedHash,
} from '../../../server/sign-in/password/password.ts'
import { LIMITS } from '../../../server/sign-in/secrets/rate-limit.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { ownCookieName } from '../../fixtures/own-cookie-name.ts'
import { allowInBrowser, authorizationUrl, carekey, discover } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent, type UserAgent } from '../../fixtures/user-agent.ts'

const MINUTE = 60_000

describe.each(engines)('a browser that signed in before, on %s', (store) => {
  let now = Date.now()
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', clock: () => now, store })
  })
  afterAll(() => clinic.close())
  beforeEach(() => clinic.store.write((trx) => trx.deleteFrom('rate_limit').execute()))

  const cookie = () => ownCookieName(clinic.url, 'device')
  const browser = () => createUserAgent(clinic.url)
  const isIn = (html: string) => !html.includes('name="password"')
  const attempt = async (agent: UserAgent, username: string, password: string): Promise<boolean> => {
    const page = await agent.open('/login')
    return isIn((await agent.submit(page, { username, password })).html)
  }
  const knownBrowser = async (username: string) => {
    const agent = browser()
    expect(await attempt(agent, username, `${username}-demo`)).toBe(true)
    return agent
  }
  /** A browser that presents the value of another's cookie. */
  const thief = (value = '') => {
    const agent = createUserAgent(clinic.url, (input, init) => {
      const headers = new Headers(init?.headers)
      headers.set('cookie', [headers.get('cookie'), `${cookie()}=${value}`].filter(Boolean).join('; '))
      return fetch(input, { ...init, headers })
    })
    return agent
  }
  const exhaust = async (agent: UserAgent, username: string) => {
    let tries = 0
    const page = await agent.open('/login')
    while (!(await agent.submit(page, { username, password: 'guess' })).html.includes('Too many attempts'))
      tries += 1
    return tries
  }

  it('F12 lets its owner in while a stranger on the same network guesses passwords for that name for an hour', async () => {
    const own = await knownBrowser('john')
    const stranger = browser()
    for (const end = now + 60 * MINUTE; now <= end; now += 15 * MINUTE) {
      expect(await exhaust(stranger, 'john')).toBe(LIMITS.account.failures)
      expect(await attempt(browser(), 'john', 'john-demo'), 'a browser that is new').toBe(false)
      expect(await attempt(own, 'john', 'john-demo'), 'the owner').toBe(true)
    }
  })

  it('F12 is known at an application’s sign-in as well, and becomes known there', async () => {
    const options = { username: 'jane', scope: 'launch/patient patient/*.rs', application: carekey }
    const url = await authorizationUrl(await discover(clinic.url), options, 'v'.repeat(43))
    let value: string | undefined
    await allowInBrowser(url, {
      ...options,
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        const set = response.headers.getSetCookie().find((line) => line.startsWith(cookie()))
        if (set) expect(set).toMatch(/; Max-Age=31536000; Path=\/; HttpOnly; SameSite=Lax$/)
        value = set ? /=([^;]+)/.exec(set)?.[1] : value
        return response
      },
    })
    await exhaust(browser(), 'jane')
    expect(await attempt(browser(), 'jane', 'jane-demo')).toBe(false)
    expect(await attempt(thief(value), 'jane', 'jane-demo')).toBe(true)
  })

  it('F12 has a limit of its own, so that a stolen cookie gives no more than that', async () => {
    const own = await knownBrowser('john')
    const stolen = thief(own.cookies.get(cookie()))
    expect(await exhaust(stolen, 'john')).toBe(LIMITS.device.failures)
    expect(await attempt(stolen, 'john', 'john-demo')).toBe(false)
    now += 5 * MINUTE
    expect(await attempt(own, 'john', 'john-demo')).toBe(true)
    // Its owner signed in again, so the stolen value is no longer valid.
    await exhaust(browser(), 'john')
    expect(await attempt(stolen, 'john', 'john-demo')).toBe(false)
    expect(await attempt(own, 'john', 'john-demo')).toBe(true)
  })

  it('F12 is known for the names that signed in there, and for no others', async () => {
    const family = await knownBrowser('john')
    expect(await attempt(family, 'jane', 'jane-demo')).toBe(true)
    for (const name of ['john', 'jane', 'lee']) await exhaust(browser(), name)
    await clinic.store.write((trx) =>
      trx.deleteFrom('rate_limit').where('bucket', 'like', 'address:%').execute(),
    )
    expect(await attempt(family, 'lee', 'lee-demo')).toBe(false)
    expect(await attempt(family, 'jane', 'jane-demo')).toBe(true)
    expect(await attempt(family, 'john', 'john-demo')).toBe(true)
  })

  it('F12 is unknown with a forged cookie, and again after a year or a new password', async () => {
    await exhaust(browser(), 'john')
    expect(await attempt(thief('A'.repeat(43)), 'john', 'john-demo')).toBe(false)
    now += 5 * MINUTE
    const own = await knownBrowser('john')
    const value = own.cookies.get(cookie())
    await clinic.store.write(async (trx) =>
      trx
        .updateTable('account')
        .set({ password_hash: await hashPassword('john-demo') })
        .where('username', '=', 'john')
        .execute(),
    )
    await exhaust(browser(), 'john')
    expect(await attempt(thief(value), 'john', 'john-demo')).toBe(false)
    now += 5 * MINUTE
    const later = await knownBrowser('john')
    now += 365 * 24 * 60 * MINUTE
    await exhaust(browser(), 'john')
    expect(await attempt(later, 'john', 'john-demo')).toBe(false)
  })

  it('F12 is forgotten by an account that signed in from twenty others since', async () => {
    const known: UserAgent[] = []
    for (let n = 0; n < 21; n++) {
      known.push(await knownBrowser('john'))
      now += 1_000
    }
    const [first, second] = known as [UserAgent, UserAgent]
    await exhaust(browser(), 'john')
    expect(await attempt(first, 'john', 'john-demo')).toBe(false)
    expect(await attempt(second, 'john', 'john-demo')).toBe(true)
    const rows = clinic.store.db.selectFrom('oauth_record').select('id').where('model', '=', 'Device')
    const byAccount = await rows.select('account_id').execute()
    const counts = Object.values(Object.groupBy(byAccount, ({ account_id }) => account_id ?? ''))
    expect(Math.max(...counts.map((of) => of?.length ?? 0))).toBe(20)
  })

  it('F12 does not wait for the passwords of strangers who came before', async () => {
    const own = await knownBrowser('john')
    let waiting = 45
    const strangers = Array.from({ length: waiting }, async (_, n) => {
      await withReservedHash(sharersOf(`name${n}`, `198.51.100.${n}`), (verify) =>
        verify(UNMATCHABLE_HASH, 'a guess'),
      )
      waiting -= 1
    })
    expect(await attempt(own, 'john', 'john-demo')).toBe(true)
    // In one line with them, it would have left no more waiting than there are threads.
    expect(waiting).toBeGreaterThan(4)
    await Promise.all(strangers)
  })

  it('F12 is stored by a hash of its cookie', async () => {
    const own = await knownBrowser('john')
    const rows = await clinic.store.db.selectFrom('oauth_record').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(own.cookies.get(cookie()) ?? 'none')
    expect(rows.some(({ model }) => model === 'Device')).toBe(true)
  })
})
