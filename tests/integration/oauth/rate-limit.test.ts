import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashSecret, verifyPassword, verifySecret } from '../../../server/sign-in/password/password.ts'
import { checkPassword } from '../../../server/sign-in/password/password-check.ts'
import { createPasswordLink } from '../../../server/sign-in/password/password-link.ts'
import { LIMITS, networkOf, reserveTry } from '../../../server/sign-in/secrets/rate-limit.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { refusedRequests } from '../../fixtures/refused-requests.ts'
import { asResourceServer, registerResourceServer } from '../../fixtures/resource-server.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

describe('a guesser', () => {
  let now = Date.now()
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', clock: () => now })
  })
  afterAll(() => clinic.close())

  const attempt = async (username: string, password: string, address: string) => {
    const checked = await checkPassword(clinic.store, { username, password, address }, now)
    return 'account' in checked ? 'welcome' : checked.reason
  }
  const token = (secret: string) =>
    fetch(`${clinic.url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`someone:${secret}`).toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: 'x',
        redirect_uri: 'https://x.test/',
      }),
    })

  it('A24 waits after guesses at one name from many addresses, for that name only, and not for ever', async () => {
    for (let n = 0; n < LIMITS.account.failures; n++)
      expect(await attempt('john', 'guess', `198.51.100.${n}`)).toBe('wrong_password')
    expect(await attempt('John ', 'john-demo', '203.0.113.1')).toBe('too_many_attempts')
    expect(await attempt('jane', 'jane-demo', '198.51.100.1')).toBe('welcome')
    now += LIMITS.account.seconds * 1000
    expect(await attempt('john', 'john-demo', '203.0.113.1')).toBe('welcome')
  })

  it('A24 waits in the same way for a name that does not exist', async () => {
    for (let n = 0; n < LIMITS.account.failures; n++) await attempt('nobody', 'guess', `198.51.100.${n}`)
    expect(await attempt('nobody', 'guess', '203.0.113.1')).toBe('too_many_attempts')
  })

  it('A24 waits on its network after trying one password for many names', async () => {
    for (let n = 0; n < LIMITS.address.failures; n++)
      expect(await attempt(`name${n}`, 'spring2026', '2001:db8:1:2::1')).toBe('wrong_password')
    expect(await attempt('jane', 'jane-demo', '2001:db8:1:2:3::9')).toBe('too_many_attempts')
    expect(await attempt('jane', 'jane-demo', '2001:db8:1:3::1')).toBe('welcome')
  })

  it('A23 waits after wrong client secrets, and the answer says how long', async () => {
    for (let n = 0; n < LIMITS.client.failures; n++) expect((await token(`guess${n}`)).status).toBe(401)
    const answer = await token('guess')
    expect(answer.status).toBe(429)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await refusedRequests(clinic.store)).by['token too_many_attempts']).toBe(1)
    now += LIMITS.client.seconds * 1000
    expect((await token('guess')).status).toBe(401)
  })

  it('F10 a success after the count has started again does not reduce the new count', async () => {
    const bucket = { limit: 'account', value: 'slow' } as const
    const slow = await reserveTry(clinic.store, [bucket], now)
    now += LIMITS.account.seconds * 1000
    for (let n = 0; n < LIMITS.account.failures; n++) await reserveTry(clinic.store, [bucket], now)
    if ('uncount' in slow) await clinic.store.write(slow.uncount)
    expect(await reserveTry(clinic.store, [bucket], now)).toEqual({ wait: LIMITS.account.seconds })
  })

  it('leaves no typed name in the database', async () => {
    const rows = await clinic.store.db.selectFrom('rate_limit').select('bucket').execute()
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toMatch(/john|nobody|198\.51/)
  })
})

describe.each(engines)('F11 while hashing is busy, on %s', (engine) => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store: engine })
    await registerResourceServer(clinic.store)
  })
  afterAll(() => clinic.close())

  /** Does the work while all places in a queue are taken: who loses one tries again at once, and nobody else finds it free. */
  const whileBusy = async <Result>(
    verify: typeof verifySecret,
    guessers: number,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    const hash = await hashSecret('the right one')
    let isOver = false
    const guess = async () => {
      while (!isOver) await verify(hash, 'a guess').catch(() => nextTurn())
    }
    const flood = Array.from({ length: guessers }, guess)
    try {
      return await work()
    } finally {
      isOver = true
      await Promise.all(flood)
    }
  }

  it.each([
    ['token', '/oauth/token', { grant_type: 'client_credentials' }],
    ['introspect', '/oauth/introspect', { token: 'nobodys' }],
    ['revoke', '/oauth/revoke', { token: 'nobodys' }],
  ])('a request with a secret that is not checked is counted as %s', async (kind, path, form) => {
    const answer = await whileBusy(verifySecret, 600, () =>
      fetch(`${clinic.url}${path}`, {
        method: 'POST',
        headers: { authorization: asResourceServer },
        body: new URLSearchParams(form),
      }),
    )
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await answer.json()).toMatchObject({
      error: 'temporarily_unavailable',
      error_description: expect.stringContaining('The server is busy'),
    })
    await expect.poll(async () => (await refusedRequests(clinic.store)).by[`${kind} busy`]).toBe(1)
  })

  it('a new password that is not hashed is counted, and its link still works', async () => {
    const { id } = await clinic.store.db
      .selectFrom('account')
      .select('id')
      .where('username', '=', 'jane')
      .executeTakeFirstOrThrow()
    const token = await clinic.store.write((trx) => createPasswordLink(trx, id, Date.now()))
    const agent = createUserAgent(clinic.url)
    const page = await agent.open(`/password/${token}`)
    const password = 'a password of several words'
    const save = () => agent.submit(page, { password, again: password })
    expect((await whileBusy(verifyPassword, 100, save)).status).toBe(503)
    expect((await refusedRequests(clinic.store)).by['account server_busy']).toBe(1)
    expect((await save()).status).toBe(200)
  })
})

describe('a network', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7/32'],
    ['::ffff:192.0.2.7', '192.0.2.7/32'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8::/64'],
    ['::1', '::/64'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})
