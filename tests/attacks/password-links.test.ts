import { expect, test } from 'vitest'
import { LIMITS } from '../../server/sign-in/secrets/rate-limit.ts'
import { refusedRequests } from '../fixtures/refused-requests.ts'
import { runAdmin } from '../fixtures/run-command.ts'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { attack } from './attack.ts'

const anna = attack()

const AT_ONCE = 12
const PASSWORD = 'a password of several words'

const admin = async (...args: string[]) => {
  const { status, out, last } = await runAdmin([...args, '--db', anna.server.database])
  expect(status, last).toBe(0)
  return JSON.parse(out) as { id: string; link: string; username: string }
}
const invite = (name: string) => admin('user', 'invite', '--name', name, '--role', 'admin')
const visitor = () => createUserAgent(anna.server.url, anna.fetch)
const enters = async (username: string, password: string): Promise<boolean> => {
  const agent = visitor()
  const page = await agent.submit(await agent.open('/login'), { username, password })
  return page.url.pathname === '/account'
}

test(`P06 when ${AT_ONCE} browsers use a link at once, one sets the password, and all others are told that it is used up`, async () => {
  const { link } = await invite('race')
  const pages = await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, at) => {
      const agent = visitor()
      return { agent, page: await agent.open(link), password: `${PASSWORD} ${at}` }
    }),
  )
  const answers = await Promise.all(
    pages.map(async ({ agent, page, password }) => ({
      password,
      status: (await agent.submit(page, { password, again: password })).status,
    })),
  )
  const [winner, ...more] = answers.filter(({ status }) => status === 200)
  expect(more).toEqual([])
  expect(answers.filter(({ status }) => status === 404)).toHaveLength(AT_ONCE - 1)
  expect(await enters('race', winner?.password ?? '')).toBe(true)
  const [loser] = answers.filter((answer) => answer !== winner)
  expect(await enters('race', loser?.password ?? '')).toBe(false)
})

test('P06 a link is stored as its hash, is in no log and no output, and the stored value opens nothing', async () => {
  const { link, id } = await invite('kept')
  const token = link.split('/').at(-1) ?? ''
  const agent = visitor()
  await agent.submit(await agent.open(link), { password: 'short', again: 'short' })
  const stolen = await anna.server.stolenDatabase()
  expect(stolen).not.toContain(token)
  expect(anna.server.output()).not.toContain(token)
  const row = await anna.server.store.db
    .selectFrom('oauth_record')
    .select('id')
    .where('model', '=', 'PasswordLink')
    .where('account_id', '=', id)
    .executeTakeFirstOrThrow()
  for (const guess of [row.id, token.slice(1), `${token}A`, token.toLowerCase(), 'A'.repeat(43), id]) {
    const page = await visitor().open(`/password/${guess}`)
    expect([page.status, page.html]).toEqual([404, expect.stringContaining('no longer works')])
  }
})

test('P06 a form from another site sets no password, and a link that is used up costs no hashing', async () => {
  const { link } = await invite('forged')
  const body = new URLSearchParams({ password: PASSWORD, again: PASSWORD })
  const forged = await anna.send(new URL(link).pathname, { method: 'POST', body })
  expect(forged.status).toBe(403)
  expect(await enters('forged', PASSWORD)).toBe(false)
  const agent = visitor()
  const page = await agent.open(link)
  await admin('user', 'reset', '--name', 'forged')
  const late = await agent.submit(page, { password: PASSWORD, again: PASSWORD })
  expect([late.status, late.html]).toEqual([404, expect.stringContaining('no longer works')])
  expect(await enters('forged', PASSWORD)).toBe(false)
})

test('P06 unsuitable passwords beyond ten are counted, not logged one by one, and a suitable one is still accepted', async () => {
  const { link } = await invite('filler')
  const agent = visitor()
  const page = await agent.open(link)
  const countEntries = async () => {
    const rows = anna.server.store.db.selectFrom('audit_event').select('json')
    return (await rows.where('json', 'like', '%unsuitable_password%').execute()).length
  }
  const before = await countEntries()
  for (let n = 0; n < 15; n++) {
    const answer = await agent.submit(page, { password: 'short', again: 'short' })
    expect([answer.status, answer.html]).toEqual([200, expect.stringContaining('id="problem"')])
  }
  expect((await countEntries()) - before).toBe(LIMITS.account.failures)
  expect((await refusedRequests(anna.server.store)).by['account too_many_attempts']).toBe(5)
  expect((await agent.submit(page, { password: PASSWORD, again: PASSWORD })).status).toBe(200)
  expect(await enters('filler', PASSWORD)).toBe(true)
})

test('P06 the page sends its address to nobody, and may not be framed or cached', async () => {
  const { headers } = await visitor().open((await invite('shown')).link)
  expect(headers.get('referrer-policy')).toBe('same-origin')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.+frame-ancestors 'none'/)
})

test('F21 disabling, removing, resetting and enabling at the terminal end everything that was open', async () => {
  const steps: [string, string[]][] = [
    ['reset', ['reset']],
    ['disable', ['disable']],
    ['enable', ['disable', 'enable']],
    ['remove', ['remove']],
  ]
  for (const [name, verbs] of steps) {
    const { link } = await invite(name)
    const agent = visitor()
    await agent.submit(await agent.open(link), { password: PASSWORD, again: PASSWORD })
    await agent.submit(await agent.open('/login'), { username: name, password: PASSWORD })
    expect((await agent.open('/account')).url.pathname, name).toBe('/account')
    for (const verb of verbs) await admin('user', verb, '--name', name)
    expect((await agent.open('/account')).url.pathname, name).toBe('/login')
  }
}, 60_000)
