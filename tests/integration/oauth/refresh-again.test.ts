import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../../server/store/store.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { engines } from '../../fixtures/store.ts'
import { obtainCode, readRecord, redeem, refresh } from '../../fixtures/token-requests.ts'

const SECOND = 1000

describe.each(engines)('A12 an application that refreshes again, on %s', (engine) => {
  let now: number
  /** By how much each reading of the clock moves it. */
  let step: number
  let clinic: TestOrganization
  const clock = () => {
    now += step
    return now
  }
  beforeEach(async () => {
    ;[now, step] = [Date.now(), 0]
    clinic = await startOrganization({ demo: 'riverside', clock, store: engine })
  })
  afterEach(() => clinic.close())
  const signIn = async () => (await redeem(clinic.url, await obtainCode(clinic.url))).body

  /** Lets so many milliseconds pass before the next transaction begins. */
  const delayWrite = (milliseconds: number) => {
    const { write } = clinic.store
    const delayed: Store['write'] = (work) => {
      Object.assign(clinic.store, { write })
      now += milliseconds
      return write(work)
    }
    Object.assign(clinic.store, { write: delayed })
  }

  it('within ten seconds of its answer gets it again, however long the first request waited', async () => {
    const { refresh_token } = await signIn()
    delayWrite(2 * SECOND)
    const first = await refresh(clinic.url, refresh_token)
    expect(await readRecord(clinic.url, first.body.access_token)).toBe(200)
    now += 8.5 * SECOND
    expect((await refresh(clinic.url, refresh_token)).body).toEqual(first.body)
  })

  it('when the ten seconds end stays signed in, at whichever moment of its request they do', async () => {
    for (let early = 0; early < 200; early += 10) {
      const { refresh_token } = await signIn()
      expect((await refresh(clinic.url, refresh_token)).status).toBe(200)
      now += 10 * SECOND - early
      step = 10
      expect([early, (await refresh(clinic.url, refresh_token)).status]).toEqual([early, 200])
      step = 0
    }
  }, 30_000)

  it('after a request that failed can do so with the same token', async () => {
    const { refresh_token = '' } = await signIn()
    const wrong = await fetch(`${clinic.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ client_id: 'carekey', grant_type: 'refresh_token', refresh_token },
        resource: `${clinic.url}/fhir/`,
      }),
    })
    expect(wrong.status).toBe(400)
    now += SECOND
    expect((await refresh(clinic.url, refresh_token)).status).toBe(200)
  })

  it('with a scope that is too wide is refused, and the log says of no answer that it was replaced', async () => {
    const { refresh_token = '' } = await signIn()
    await refresh(clinic.url, refresh_token)
    now += 20 * SECOND
    const wide = await fetch(`${clinic.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ client_id: 'carekey', grant_type: 'refresh_token', refresh_token },
        scope: 'user/*.rs',
      }),
    })
    expect(wide.status).toBe(400)
    const { json } = await newestToken()
    expect(json).toContain('"renewed"')
    expect(json).not.toContain('"replaced"')
    expect((await refresh(clinic.url, refresh_token)).status).toBe(200)
    expect((await newestToken()).json).toContain('"replaced"')
  })

  const newestToken = () =>
    clinic.store.db
      .selectFrom('audit_event')
      .select(['json', 'recorded'])
      .where('subtype', '=', 'token')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
})

// On SQLite nobody else writes meanwhile.
it.each(engines.filter((engine) => engine === 'postgres'))(
  'J06 an entry of the token endpoint is dated after what its transaction waited for, on %s',
  async (store) => {
    let now = Date.now()
    const clinic = await startOrganization({ demo: 'riverside', clock: () => now, store })
    const { body } = await redeem(clinic.url, await obtainCode(clinic.url))
    const other = await clinic.database.open()
    const held = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const holding = other.write(async (trx) => {
      await sql`update oauth_record set uid = uid where model = 'RefreshToken'`.execute(trx)
      held.resolve()
      await end.promise
    })
    await held.promise
    const late = refresh(clinic.url, body.refresh_token)
    const waiting = () =>
      other.db
        .selectFrom(
          sql<{ count: number }>`(select count(*)::int as count from pg_locks where not granted)`.as('locks'),
        )
        .select('count')
        .executeTakeFirst()
    await expect.poll(waiting).toMatchObject({ count: 1 })
    now += 50 * SECOND
    end.resolve()
    await holding
    expect((await late).status).toBe(200)
    const { recorded } = await clinic.store.db
      .selectFrom('audit_event')
      .select('recorded')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    expect(recorded).toBe(now)
    await other.close()
    await clinic.close()
  },
)
