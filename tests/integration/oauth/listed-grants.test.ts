import { StatementSync } from 'node:sqlite'
import { CompiledQuery } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { listGrants, requireRoomForGrant } from '../../../server/oauth/terms/grants.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

const DAY = 86_400_000

describe.each(engines)('the account page, on %s,', (store) => {
  let clinic: TestOrganization
  let limited: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    limited = await startOrganization({ demo: 'riverside', store, windows: { patient: 7 * DAY } })
  })
  afterAll(async () => {
    await clinic.close()
    await limited.close()
  })

  it('J10 says what an application may still read when its registration was narrowed, disabled, and restored', async () => {
    await signIn(clinic.url, {
      ...{ username: 'jane', application: carekey, window: 'month' },
      scope: 'openid launch/patient patient/Observation.rs patient/Condition.rs',
    })
    const agent = createUserAgent(clinic.url)
    const login = await agent.open('/login?next=/account')
    const first = await agent.submit(login, { username: 'jane', password: 'jane-demo' })
    const [link = ''] = /\/account\/connections\/[^"]+/.exec(first.html) ?? []
    const pages = async () => {
      const all = await Promise.all(['/account', link, `${link}/disconnect`].map((path) => agent.open(path)))
      return all.map(({ html }) => html)
    }
    const change = (to: { payload?: string; disabled_at?: number | null }) =>
      clinic.store.write((trx) =>
        trx
          .updateTable('oauth_record')
          .set(to)
          .where('model', '=', 'Client')
          .where('id', '=', 'carekey')
          .execute(),
      )
    const { payload } = await clinic.store.db
      .selectFrom('oauth_record')
      .select('payload')
      .where('model', '=', 'Client')
      .where('id', '=', 'carekey')
      .executeTakeFirstOrThrow()
    const narrowed = { ...JSON.parse(payload), scope: 'openid launch/patient patient/Condition.rs' }
    for (const html of await pages()) expect(html).toContain('Vital signs')
    await change({ payload: JSON.stringify(narrowed) })
    for (const html of await pages()) {
      expect(html).not.toContain('Vital signs')
      expect(html).toContain('Conditions')
    }
    await change({ payload, disabled_at: 1 })
    for (const html of await pages()) expect(html).toContain('May read nothing now')
    await change({ disabled_at: null })
    for (const html of await pages()) expect(html).toContain('Vital signs')
  })

  it('J20 disconnecting all also ends, for good, a grant that only a shorter limit had ended', async () => {
    await signIn(limited.url, {
      ...{ username: 'jane', application: carekey, window: 'day' },
      scope: 'openid launch/patient patient/Observation.rs',
    })
    const consent = () =>
      limited.store.db
        .selectFrom('consent')
        .select(['created_at', 'revoked_at'])
        .where('account_id', '=', 'jane')
        .executeTakeFirstOrThrow()
    const { created_at } = await consent()
    // As if it had been allowed for a month under a longer limit, eight days ago.
    await limited.store.write((trx) =>
      trx
        .updateTable('consent')
        .set({ created_at: Number(created_at) - 8 * DAY, expires_at: Number(created_at) + 22 * DAY })
        .execute(),
    )
    const agent = createUserAgent(limited.url)
    const login = await agent.open('/login?next=/account')
    const page = await agent.submit(login, { username: 'jane', password: 'jane-demo' })
    expect(page.html).not.toContain('href="/account/connections/')
    const { html } = await agent.submit(await agent.open('/account/disconnect'), { do: 'disconnect' })
    expect(html).toContain('All applications are disconnected')
    expect((await consent()).revoked_at).not.toBeNull()
  })

  it('J20 disconnecting one also ends, for good, what the page does not list, and nothing that it lists', async () => {
    const connect = () =>
      signIn(limited.url, {
        ...{ username: 'john', application: carekey, window: 'day' },
        scope: 'openid launch/patient patient/Observation.rs',
      })
    const consents = () => limited.store.db.selectFrom('consent').where('account_id', '=', 'john')
    await connect()
    // As if it had been allowed for a month under a longer limit, eight days ago.
    await limited.store.write((trx) =>
      trx
        .updateTable('consent')
        .set({ created_at: Date.now() - 8 * DAY, expires_at: Date.now() + 22 * DAY })
        .where('account_id', '=', 'john')
        .execute(),
    )
    await connect()
    const [kept] = await consents().select('grant_id').orderBy('created_at', 'desc').execute()
    await connect()
    const agent = createUserAgent(limited.url)
    const login = await agent.open('/login?next=/account')
    const page = await agent.submit(login, { username: 'john', password: 'john-demo' })
    const links = [...page.html.matchAll(/\/account\/connections\/([\w-]+)/g)].map(([, id]) => id)
    const other = links.find((id) => id !== kept?.grant_id)
    const disconnect = async (id = '') =>
      agent.submit(await agent.open(`/account/connections/${id}/disconnect`), {})
    const going = () => consents().select('grant_id').where('revoked_at', 'is', null).execute()
    await disconnect(other)
    expect(await going()).toEqual([kept])
    await disconnect(kept?.grant_id)
    expect(await going()).toEqual([])
  })

  it('J13 reads an application once, however many grants of it there are', async () => {
    const application = carekey
    await signIn(clinic.url, { username: 'jane', application, scope: 'launch/patient patient/*.rs' })
    const { store: database, config } = clinic
    const one = await database.db
      .selectFrom('consent')
      .selectAll()
      .where('account_id', '=', 'jane')
      .executeTakeFirstOrThrow()
    const copies = Array.from({ length: 100 }, (_, at) => ({ ...one, grant_id: `copy-${at}` }))
    await database.write((trx) => trx.insertInto('consent').values(copies).execute())
    const parse = vi.spyOn(JSON, 'parse')
    const grants = await listGrants({ store: database, config }, { id: 'jane', role: 'patient' }, Date.now())
    const reads = parse.mock.calls.filter(([text]) => String(text).includes('redirect_uris')).length
    parse.mockRestore()
    expect(grants.length).toBeGreaterThan(100)
    expect(reads).toBe(1)
  })

  it('J13 compares the scopes of no connection that a page does not show', async () => {
    for (let time = 0; time < 2; time++)
      await signIn(clinic.url, {
        username: 'jane',
        application: carekey,
        scope: 'launch/patient patient/*.rs',
      })
    const agent = createUserAgent(clinic.url)
    const login = await agent.open('/login?next=/account')
    await agent.submit(login, { username: 'jane', password: 'jane-demo' })
    const grants = await listGrants(clinic, { id: 'jane', role: 'patient' }, Date.now())

    /** Counts how often a page reads which scopes an application registered: once for each comparison. */
    const comparisonsOf = async (path: string) => {
      let comparisons = 0
      const parse = JSON.parse
      const spy = vi.spyOn(JSON, 'parse').mockImplementation((text, reviver) => {
        const value = parse(text, reviver)
        if (!String(text).includes('redirect_uris')) return value
        return Object.defineProperty(value, 'scope', { get: () => void comparisons++ })
      })
      await agent.open(path)
      spy.mockRestore()
      return comparisons
    }
    expect(grants.length).toBeGreaterThan(1)
    expect(await comparisonsOf('/account')).toBe(grants.length)
    expect(await comparisonsOf(`/account/connections/${grants[0]?.id}`)).toBe(1)
    expect(await comparisonsOf('/account/connections/none')).toBe(0)
  })

  it('lists no grant that a new password has ended', async () => {
    const { access_token } = await signIn(clinic.url, {
      ...{ username: 'john', application: carekey, window: 'month' },
      scope: 'openid launch/patient patient/*.rs',
    })
    const read = async () =>
      (
        await fetch(`${clinic.url}/fhir/Observation?_count=1`, {
          headers: { authorization: `Bearer ${access_token}` },
        })
      ).status
    const page = async () => {
      const agent = createUserAgent(clinic.url)
      return agent.submit(await agent.open('/login?next=/account'), {
        username: 'john',
        password: 'john-demo',
      })
    }
    expect(await read()).toBe(200)
    expect((await page()).html).toContain('href="/account/connections/')
    // As when a password is chosen anew: the hash changes, and with it the account's generation.
    const hashOf = (username: string) =>
      clinic.store.db
        .selectFrom('account')
        .select('password_hash')
        .where('username', '=', username)
        .executeTakeFirstOrThrow()
    const [john, jane] = [await hashOf('john'), await hashOf('jane')]
    for (const { password_hash } of [jane, john])
      await clinic.store.write((trx) =>
        trx.updateTable('account').set({ password_hash }).where('username', '=', 'john').execute(),
      )
    expect(await read()).toBe(401)
    expect((await page()).html).not.toContain('href="/account/connections/')
  })

  it.each([
    ['the account has changed since', () => clinic, {}, { account_generation: -1 }],
    [
      'a shorter limit has ended them',
      () => limited,
      { created_at: Date.now() - 8 * DAY, expires_at: Date.now() + 22 * DAY },
      {},
    ],
  ])('J13 counts no grant that it does not list, because %s', async (_why, at, times, changed) => {
    const { url, store } = at()
    const connect = () =>
      signIn(url, {
        ...{ username: 'john', application: carekey, window: 'day' },
        scope: 'openid launch/patient patient/Observation.rs',
      })
    await connect()
    const one = await store.db
      .selectFrom('consent')
      .selectAll()
      .where('account_id', '=', 'john')
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow()
    const put = (more: object) => {
      const many = Array.from({ length: 500 }, (_, at) => ({ ...one, ...more, grant_id: `many-${at}` }))
      return store.write((trx) => trx.insertInto('consent').values(many).execute())
    }
    await put({ ...times, ...changed })
    expect((await connect()).access_token).toBeTruthy()
    await store.write((trx) => trx.deleteFrom('consent').where('grant_id', 'like', 'many-%').execute())
    await put({})
    await expect(connect(), 'those that it lists count').rejects.toThrow()
  })
})

describe('on SQLite', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store: 'sqlite' })
  })
  afterAll(() => clinic.close())

  it('J13 reads no grants that have ended for a page of the account, nor before another one is stored', async () => {
    const statements = new Set<string>()
    const { all } = StatementSync.prototype
    const spy = vi.spyOn(StatementSync.prototype, 'all').mockImplementation(function (
      this: StatementSync,
      ...values
    ) {
      if (/from "consent"/.test(this.sourceSQL)) statements.add(this.sourceSQL)
      return all.apply(this, values)
    })
    const agent = createUserAgent(clinic.url)
    const login = await agent.open('/login?next=/account')
    await agent.submit(login, { username: 'jane', password: 'jane-demo' })
    await clinic.store.write((trx) =>
      requireRoomForGrant(trx, clinic.config, { id: 'jane', role: 'patient' }, 1),
    )
    spy.mockRestore()
    const steps: string[] = []
    for (const text of statements) {
      const { rows } = await clinic.store.db.executeQuery(CompiledQuery.raw(`explain query plan ${text}`))
      for (const { detail } of rows as { detail: string }[]) if (/ consent\b/.test(detail)) steps.push(detail)
    }
    expect(steps.sort()).toEqual([
      'SEARCH consent USING INDEX consent_active (account_id=? AND expires_at>?)',
      'SEARCH consent USING INDEX consent_active (account_id=? AND expires_at>?)',
      'SEARCH consent USING INDEX consent_incident (account_id=? AND revoked_at>?)',
    ])
  })
})
