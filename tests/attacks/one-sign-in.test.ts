import { describe, expect, test } from 'vitest'
import type { Page, UserAgent } from '../fixtures/user-agent.ts'
import { attack } from './attack.ts'
import { ask, authorizationOf, decide, logIn, type Visit } from './authorization-request.ts'
import { applications } from './people.ts'

const target = attack()

/** The first page that this browser gets for another application's request without `prompt`. */
const askAgain = async (agent: UserAgent): Promise<Page> =>
  agent.open((await authorizationOf(target, { application: applications.conf })).url)

const expectPassword = ({ status, html }: Page) => {
  expect(status).toBe(200)
  expect(html).toContain('name="password"')
  expect(html).not.toContain('value="allow"')
}

const consented = async (): Promise<Visit> => logIn(await ask(target))

describe('F20 a sign-in is for one authorization, however that one ends', () => {
  test('after it was allowed', async () => {
    const { agent, page } = await decide(await consented())
    expect(page.url.searchParams.has('code')).toBe(true)
    expectPassword(await askAgain(agent))
  })

  test('after it was denied', async () => {
    const { agent, page } = await decide(await consented(), 'deny')
    expect(page.url.searchParams.get('error')).toBe('access_denied')
    expectPassword(await askAgain(agent))
  })

  test('after its page was closed', async () => {
    const { agent } = await consented()
    expectPassword(await askAgain(agent))
    expectPassword(await askAgain(agent))
  })

  test('after the browser goes back to its pages', async () => {
    for (const decision of ['allow', 'deny'] as const) {
      const visit = await consented()
      const { agent } = await decide(visit, decision)
      const back = await agent.open(visit.page.url)
      expect(back.status).toBe(400)
      expect(back.html).not.toContain('value="allow"')
      const resent = await agent.submit(visit.page, { window: 'hour', decision: 'allow' })
      expect(resent.status).toBe(400)
      expectPassword(await askAgain(agent))
    }
  })

  test('after it failed because this account cannot give any of the requested access', async () => {
    const visit = await ask(target, { scope: 'openid patient/*.rs' })
    const { agent, page } = await decide(await logIn(visit, 'admin'))
    expect(page.url.searchParams.get('error')).toBe('access_denied')
    expectPassword(await askAgain(agent))
  })

  test('after its code was not redeemed, or its time ran out', async () => {
    const { agent } = await decide(await consented())
    const visit = await consented()
    await target.server.store.write((trx) =>
      trx.updateTable('oauth_record').set({ expires_at: 1 }).where('model', '=', 'Interaction').execute(),
    )
    expect((await visit.agent.open(visit.page.url)).status).toBe(400)
    for (const each of [agent, visit.agent]) expectPassword(await askAgain(each))
  })

  test('the next person sees nothing of the previous one, even with two authorizations open at once', async () => {
    const first = await consented()
    const second = await first.agent.submit(await askAgain(first.agent), {
      username: 'bert',
      password: 'bert-demo',
    })
    expect(second.html).toContain('Bert Becquerel')
    expect(second.html).not.toContain('Anna Ampere')
    const left = await first.agent.open(first.page.url)
    expect([left.status, left.html.includes('Anna Ampere')]).toEqual([400, false])
    expectPassword(await askAgain(first.agent))
  })

  test('no session is stored, and no cookie names one', async () => {
    const { agent } = await consented()
    const rows = await target.server.store.db
      .selectFrom('oauth_record')
      .select('id')
      .where('model', '=', 'Session')
      .execute()
    expect(rows).toEqual([])
    expect([...agent.cookies.keys()].join()).not.toMatch(/session/)
  })

  test('a browser that asks with prompt=none is told to sign in', async () => {
    const { agent } = await consented()
    const { url } = await authorizationOf(target, { parameters: { prompt: 'none' } })
    expect((await agent.open(url)).url.searchParams.get('error')).toBe('login_required')
  })
})

test('F20 an authorization is not renewed before its page is answered, and uncounts no other', async () => {
  const { db } = target.server.store
  const read = async () => ({
    pending: await db
      .selectFrom('oauth_record')
      .select(['id', 'expires_at'])
      .where('model', '=', 'Interaction')
      .orderBy('id')
      .execute(),
    counted: await db
      .selectFrom('rate_limit')
      .select(['bucket', 'failures'])
      .where('bucket', 'like', 'authorization%')
      .orderBy('bucket')
      .execute(),
  })
  const expectNotRenewed = async ({ agent, page }: Visit) => {
    const before = await read()
    const resumed = await agent.open(`/oauth/authorize/${page.url.pathname.split('/').pop()}`)
    expect(resumed.status).toBe(400)
    expect(resumed.html).toContain('This sign-in is over')
    expect(await read()).toEqual(before)
  }
  const visit = await ask(target)
  await expectNotRenewed(visit)
  const consent = await logIn(visit)
  await expectNotRenewed(consent)
  // The person still decides there.
  expect((await decide(consent)).page.url.searchParams.has('code')).toBe(true)
})
