import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { attack } from './attack.ts'

const anna = attack()

const cookieOf = async (username: string) => {
  const agent = createUserAgent(anna.server.url, anna.fetch)
  await agent.submit(await agent.open('/login'), { username, password: `${username}-demo` })
  return [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}

const download = (cookie: string, init: RequestInit = {}) =>
  fetch(`${anna.server.url}/account/log/download`, { ...init, headers: { cookie } })

/** Holds the turn in which entries get their places, for which each download waits first. */
const whileTurnIsHeld = (work: () => Promise<void>) =>
  anna.server.store.write(async (trx) => {
    await sql`update setting set value = '' where name = 'log.turn'`.execute(trx)
    await work()
  })

/** Waits until so many are answered, which can only be a refusal while the turn is held. */
const answeredOf = async (downloads: readonly Promise<Response>[], count: number) => {
  const answered: Response[] = []
  for (const each of downloads) each.then((response) => answered.push(response)).catch(() => {})
  await expect.poll(() => answered.length, { timeout: 4_000 }).toBe(count)
  return [...answered]
}

test('D09 one person has one download of their log at a time, and keeps nobody from theirs', async () => {
  const [own, other] = [await cookieOf('anna'), await cookieOf('bert')]
  const begun: Promise<Response>[] = []
  await whileTurnIsHeld(async () => {
    begun.push(...Array.from({ length: 3 }, () => download(own)), download(other))
    for (const refused of await answeredOf(begun, 2)) {
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
      expect(await refused.text()).toContain('is under way')
    }
  })
  const answers = await Promise.all(begun)
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 503, 503])
  expect(answers[3]?.status).toBe(200)
  for (const answer of answers)
    if (answer.status === 200) {
      const { entries } = await answer.json()
      // Otherwise its end was cut off.
      expect(entries.at(-1).event.subtype.at(-1).code).toBe('export')
    }
  // The server learns a moment later that its answer was read.
  await expect.poll(async () => (await download(own)).status).toBe(200)
})

test('D09 a download whose reader has gone makes room for the next', async () => {
  const own = await cookieOf('anna')
  const gone = new AbortController()
  const begun: Promise<Response>[] = []
  await whileTurnIsHeld(async () => {
    begun.push(download(own, { signal: gone.signal }), download(own, { signal: gone.signal }))
    await answeredOf(begun, 1)
    gone.abort()
  })
  await Promise.allSettled(begun)
  await expect.poll(async () => (await download(own)).status).toBe(200)
})

test('D09 there is no HEAD of a download, which would be made to its end although nobody gets it', async () => {
  const own = await cookieOf('anna')
  const exports = () =>
    anna.server.store.db
      .selectFrom('audit_event')
      .select('seq')
      .where('json', 'like', '%"code":"export"%')
      .execute()
  const before = await exports()
  for (const answer of await Promise.all(Array.from({ length: 3 }, () => download(own, { method: 'HEAD' }))))
    expect(answer.status).toBe(404)
  expect(await exports()).toEqual(before)
  expect((await download(own)).status).toBe(200)
  expect((await exports()).length).toBe(before.length + 1)
})
