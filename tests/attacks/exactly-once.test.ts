import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Store } from '../../server/store/store.ts'
import type { TestPostgres } from '../fixtures/postgres.ts'
import { registerResourceServer } from '../fixtures/resource-server.ts'
import { riverside } from '../fixtures/seeded-database.ts'
import { type ServerProcess, startServerProcess, startTwoProcesses } from '../fixtures/server-process.ts'
import { createDatabase, createOwnPostgres, type TestDatabase } from '../fixtures/store.ts'
import {
  isActive,
  obtainCode,
  readRecord,
  redeem,
  refresh,
  type TokenAnswer,
} from '../fixtures/token-requests.ts'

const REPETITIONS = 100
const AT_ONCE = 20

const engine = inject('postgres') === undefined ? 'sqlite' : 'postgres'

let database: TestDatabase
/** A server of its own, because A16 takes its database away. */
let postgres: TestPostgres | undefined
let store: Store
let first: ServerProcess
let second: ServerProcess
beforeAll(async () => {
  if (engine === 'postgres') ({ postgres } = database = await createOwnPostgres(riverside))
  else database = await createDatabase(engine, riverside)
  ;[first, second] = await startTwoProcesses({ db: database.url, logKey: database.logKey })
  store = await database.open()
  await registerResourceServer(store)
})
afterAll(async () => {
  await store.close()
  for (const each of new Set([first, second])) await each.stop()
  await database.close()
})

const onBoth = <T>(ask: (base: string) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, at) => ask((at % 2 === 0 ? first : second).url)))
const signIn = async () => {
  const { body } = await redeem(first.url, await obtainCode(first.url))
  return body
}
/**
 * Lets the ten seconds of the sealed answers pass in the database, because the processes use the real clock. A minute, because a process
 * that was started again does not have the other's time when the machine's clock was set meanwhile.
 */
const passGrace = () =>
  store.write(async (trx) => {
    await trx.updateTable('oauth_record').set({ expires_at: 0 }).where('model', '=', 'SealedAnswer').execute()
    await trx
      .updateTable('oauth_record')
      .set((eb) => ({ consumed_at: eb('consumed_at', '-', 60_000) }))
      .where('model', '=', 'RefreshToken')
      .where('consumed_at', 'is not', null)
      .execute()
  })
/** The access tokens expire, and are swept. */
const passHour = () =>
  store.write((trx) => trx.deleteFrom('oauth_record').where('model', '=', 'AccessToken').execute())
const reasons = async () => {
  const rows = await store.db
    .selectFrom('audit_event')
    .select('json')
    .where('subtype', '=', 'token')
    .where('outcome', '=', '4')
    .execute()
  return rows.map(({ json }) => (JSON.parse(json) as { outcomeDesc?: string }).outcomeDesc)
}

test(`A10 a code that ${AT_ONCE} clients redeem at once is redeemed once, ${REPETITIONS} times`, async () => {
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const code = await obtainCode(first.url)
    const answers = await onBoth((base) => redeem(base, code))
    const [winner, ...more] = answers.filter(({ status }) => status === 200)
    expect(more).toEqual([])
    expect(winner?.body.access_token).toEqual(expect.any(String))
    const refusals = answers.filter(({ status }) => status !== 200)
    expect(new Set(refusals.map(({ status, body }) => `${status} ${body.error}`))).toEqual(
      new Set(['400 invalid_grant']),
    )
    // Somebody else had the code, so nobody keeps the tokens.
    expect(await readRecord(second.url, winner?.body.access_token)).toBe(401)
    expect((await refresh(second.url, winner?.body.refresh_token)).status).toBe(400)
  }
}, 120_000)

test(`A11 a refresh token that ${AT_ONCE} clients present at once is rotated once, ${REPETITIONS} times`, async () => {
  let { refresh_token } = await signIn()
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const answers = await onBoth((base) => refresh(base, refresh_token))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const next = new Set(answers.map(({ body }) => body.refresh_token))
    expect(next.size).toBe(1)
    ;[refresh_token] = next
  }
  const alive = await store.db
    .selectFrom('oauth_record')
    .innerJoin('consent', 'consent.grant_id', 'oauth_record.grant_id')
    .where('oauth_record.model', '=', 'RefreshToken')
    .where('oauth_record.consumed_at', 'is', null)
    .where('consent.revoked_at', 'is', null)
    .select('oauth_record.id')
    .execute()
  expect(alive).toHaveLength(1)
}, 120_000)

test.each([0, 1, 5, 50, 500])(
  'A12 an application that refreshes again after %i ms stays signed in',
  async (ms) => {
    for (let repetition = 0; repetition < (ms < 100 ? 10 : 2); repetition++) {
      const { refresh_token } = await signIn()
      const once = refresh(first.url, refresh_token)
      await sleep(ms)
      const [one, other] = await Promise.all([once, refresh(second.url, refresh_token)])
      expect([one.status, other.status]).toEqual([200, 200])
      expect(other.body.refresh_token).toBe(one.body.refresh_token)
      expect(await readRecord(first.url, one.body.access_token)).toBe(200)
      expect((await refresh(second.url, one.body.refresh_token)).status).toBe(200)
    }
  },
)

test('A13 a rotated refresh token that is used later ends everything that came of it, and is logged', async () => {
  const { refresh_token } = await signIn()
  const rotation = await refresh(first.url, refresh_token)
  expect(await readRecord(first.url, rotation.body.access_token)).toBe(200)
  await passGrace()
  const reused = await refresh(second.url, refresh_token)
  expect(reused).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  for (const { url } of [first, second]) {
    expect(await readRecord(url, rotation.body.access_token)).toBe(401)
    expect(await isActive(url, rotation.body.access_token)).toBe(false)
    expect((await refresh(url, rotation.body.refresh_token)).status).toBe(400)
  }
  expect(await reasons()).toContain('refresh_reuse_detected')
})

test('A14 a restart revives no rotated refresh token', async () => {
  const { refresh_token } = await signIn()
  const rotation = await refresh(first.url, refresh_token)
  expect(await readRecord(first.url, rotation.body.access_token)).toBe(200)
  await passGrace()
  const { url: publicUrl } = first
  await second.stop()
  const restarted = await startServerProcess({
    db: database.url,
    logKey: database.logKey,
    publicUrl,
    port: second.port,
  })
  if (second === first) first = restarted
  second = restarted
  expect((await refresh(second.url, refresh_token)).status).toBe(400)
  expect((await refresh(second.url, rotation.body.refresh_token)).status).toBe(400)
  expect(await readRecord(second.url, rotation.body.access_token)).toBe(401)
})

test('A15 after two rotations within one second, the first token is refused and ends the grant', async () => {
  const { refresh_token } = await signIn()
  const once = await refresh(first.url, refresh_token)
  const twice = await refresh(second.url, once.body.refresh_token)
  expect([once.status, twice.status]).toEqual([200, 200])
  await passGrace()
  expect((await refresh(first.url, refresh_token)).status).toBe(400)
  expect((await refresh(second.url, twice.body.refresh_token)).status).toBe(400)
})

test.each([
  ['in a minute', () => undefined],
  ['after its access token has expired', passHour],
])(
  'T06 an application that never got an answer stays signed in %s, and the lost answer is void',
  async (_, pass) => {
    const { refresh_token } = await signIn()
    const lost = await refresh(first.url, refresh_token)
    await passGrace()
    await pass()
    const again = await refresh(second.url, refresh_token)
    expect(again.status).toBe(200)
    expect(again.body.refresh_token).not.toBe(lost.body.refresh_token)
    expect(await readRecord(first.url, lost.body.access_token)).toBe(401)
    expect(await isActive(first.url, lost.body.access_token)).toBe(false)
    // Lost again, and again: there is never more than one that counts.
    await passGrace()
    const third = await refresh(first.url, refresh_token)
    expect(await readRecord(second.url, again.body.access_token)).toBe(401)
    expect(await readRecord(second.url, third.body.access_token)).toBe(200)
    // Whoever has the lost one after all has it from somebody else.
    expect((await refresh(second.url, again.body.refresh_token)).status).toBe(400)
    expect(await readRecord(second.url, third.body.access_token)).toBe(401)
    expect(await reasons()).toContain('refresh_reuse_detected')
  },
)

const USES: Readonly<Record<string, (answer: TokenAnswer['body']) => Promise<unknown>>> = {
  reading: ({ access_token }) => readRecord(second.url, access_token),
  introspection: ({ access_token }) => isActive(second.url, access_token),
  userinfo: ({ access_token }) =>
    fetch(`${second.url}/oauth/userinfo`, { headers: { authorization: `Bearer ${access_token}` } }),
  'a proof of the log': ({ access_token }) =>
    fetch(`${second.url}/audit/proof/inclusion?size=1&entry=x`, {
      headers: { authorization: `Bearer ${access_token}` },
    }),
  'a refused read': ({ access_token }) =>
    fetch(`${second.url}/fhir/Patient/other`, { headers: { authorization: `Bearer ${access_token}` } }),
  'a refresh': ({ refresh_token }) => refresh(second.url, refresh_token),
}

test.each(Object.entries(USES))('T06 an answer is not lost once it was used for %s', async (_, use) => {
  const { refresh_token } = await signIn()
  const { body } = await refresh(first.url, refresh_token)
  await use(body)
  await passGrace()
  await passHour()
  expect((await refresh(second.url, refresh_token)).status).toBe(400)
  expect((await refresh(first.url, body.refresh_token)).status).toBe(400)
})

test(`T06 ${AT_ONCE} clients that present a token at once whose answer was lost get one new answer`, async () => {
  const { refresh_token } = await signIn()
  await refresh(first.url, refresh_token)
  await passGrace()
  const answers = await onBoth((base) => refresh(base, refresh_token))
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  const next = new Set(answers.map(({ body }) => body.refresh_token))
  expect(next.size).toBe(1)
  expect((await refresh(first.url, [...next][0])).status).toBe(200)
})

test('T06 an answer that is used while it is replaced counts once', { timeout: 60_000 }, async () => {
  for (let repetition = 0; repetition < 20; repetition++) {
    const { refresh_token } = await signIn()
    const { body } = await refresh(first.url, refresh_token)
    await passGrace()
    const [isUsed, again] = await Promise.all([
      isActive(first.url, body.access_token),
      refresh(second.url, refresh_token),
    ])
    expect([isUsed, again.status]).toBeOneOf([
      [true, 400],
      [false, 200],
      [true, 200],
    ])
    if (again.status === 200) expect(await readRecord(first.url, body.access_token)).toBe(401)
  }
})

test('A16 a refresh that the database cannot store is answered with 503, and succeeds once it can', async () => {
  const { refresh_token } = await signIn()
  const broken = await breakDatabase()
  const failure = await refresh(first.url, refresh_token)
  expect(failure).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
  await broken.mend()
  const retried = await refresh(second.url, refresh_token)
  expect(retried.status).toBe(200)
  expect(await readRecord(first.url, retried.body.access_token)).toBe(200)
})

/** PostgreSQL stops; SQLite's writes fail, as they do when the disk is full. */
const breakDatabase = async (): Promise<{ mend(): Promise<void> }> => {
  if (postgres) {
    await postgres.crash()
    return { mend: postgres.start }
  }
  const alter = (statement: string) => store.write((trx) => sql.raw(statement).execute(trx))
  await alter(`create trigger full_disk before insert on oauth_record begin select raise(abort, 'full'); end`)
  return { mend: async () => void (await alter('drop trigger full_disk')) }
}
