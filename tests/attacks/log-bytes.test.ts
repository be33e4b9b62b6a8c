import { fc } from '@fast-check/vitest'
import { afterEach, expect, test } from 'vitest'
import { type OtherSpelling, otherSpellings } from '../fixtures/other-spellings.ts'
import { runVerify } from '../fixtures/run-command.ts'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { type Answer, attack } from './attack.ts'

/** Whoever owns the database writes a signed entry in another spelling, so that its hash stays, but others may read something else. */
const anna = attack()

const entries = () => anna.server.store.db.selectFrom('audit_event')

/** Changes the text of an entry, and returns what it was. */
const write = async (seq: number, json: string): Promise<void> => {
  await anna.server.store.write((trx) =>
    trx.updateTable('audit_event').set({ json }).where('seq', '=', seq).execute(),
  )
}

/** The newest entry about pa. */
const findEntry = () =>
  entries()
    .select(['seq', 'id', 'json'])
    .where('patient', '=', 'pa')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()

let mend: (() => Promise<void>) | undefined
afterEach(async () => {
  await mend?.()
  mend = undefined
})

const verify = () => {
  const { database, logKey } = anna.server
  return runVerify(['--db', database, '--log-key', logKey])
}

/** One of each way to spell the entry. */
const spellingsOf = (json: string): OtherSpelling[] => {
  const all = fc.sample(otherSpellings(json), 200)
  return [...Map.groupBy(all, ({ how }) => how).values()].flatMap((alike) => alike.slice(0, 2))
}

test('J07 an entry in another spelling is refused by the API, by the pages and by audit:verify', async () => {
  await anna.send('/fhir/Patient/pa', { as: 'TA' })
  const { seq, id, json } = await findEntry()
  mend = () => write(seq, json)
  const agent = createUserAgent(anna.server.url)
  const login = await agent.open('/login')
  await agent.submit(login, { username: 'anna', password: 'anna-demo' })
  const size = async () => (await anna.send('/audit/checkpoint')).text.split('\n')[1]
  await expect.poll(async () => Number(await size()), { timeout: 12_000 }).toBeGreaterThanOrEqual(seq)
  const ways: (() => Promise<Pick<Answer, 'status' | 'text'>>)[] = [
    () => anna.send(`/fhir/AuditEvent/${id}`, { as: 'TA' }),
    () => anna.send(`/fhir/AuditEvent?_id=${id}`, { as: 'TA' }),
    () => anna.send('/fhir/AuditEvent?_sort=-date&_count=50', { as: 'TADM' }),
    async () => {
      const { status, html: text } = await agent.open('/account/log')
      return { status, text }
    },
  ]
  const prove = async () => anna.send(`/audit/proof/inclusion?size=${await size()}&entry=${id}`, { as: 'TA' })
  for (const way of [...ways, prove]) expect((await way()).status).toBe(200)
  expect((await verify()).status).toBe(0)

  const spellings = spellingsOf(json)
  expect(new Set(spellings.map(({ how }) => how))).toEqual(new Set(['space', 'escape', 'order', 'twice']))
  for (const { how, text } of spellings) {
    await write(seq, text)
    for (const way of ways) {
      const { status, text: answer } = await way()
      expect(status, `${how} ${answer}`).toBeGreaterThanOrEqual(500)
      expect(answer).not.toContain(id)
    }
    // A proof is made of the tree alone, and says nothing of what the entry's text is now.
    const [proof] = (await prove()).json.entries
    expect(Object.keys(proof)).toEqual(['id', 'index', 'salt', 'count', 'proof'])
    await expect(agent.open('/account/log/download'), 'what was sent breaks off').rejects.toThrow()
    const { status, last } = await verify()
    expect([status, last], text).toEqual([
      1,
      expect.stringMatching(`^edited: entry \\d+ \\(AuditEvent/${id}\\)`),
    ])
  }
})
