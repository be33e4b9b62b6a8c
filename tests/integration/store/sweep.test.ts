import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sweepExpired, sweepRegularly } from '../../../server/store/tables/sweep.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { engines } from '../../fixtures/store.ts'
import { obtainCode, readRecord, redeem, refresh } from '../../fixtures/token-requests.ts'

const HOUR = 3_600_000

describe.each(engines)('sweeping on %s', (engine) => {
  let now = Date.now()
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store: engine, clock: () => now })
  })
  afterAll(() => clinic.close())

  const models = async () => {
    const rows = await clinic.store.db.selectFrom('oauth_record').select('model').execute()
    return rows.map(({ model }) => model).sort()
  }

  it('deletes expired rows, and leaves those that a window still needs', async () => {
    const { body } = await redeem(clinic.url, await obtainCode(clinic.url, 'day'))
    const rotation = await refresh(clinic.url, body.refresh_token)
    await sweepExpired(clinic.store, now)
    expect(await models()).toContain('SealedAnswer')
    now += 3 * HOUR
    await sweepExpired(clinic.store, now)
    expect(await models()).toEqual(['Client', 'Device', 'Grant', 'RefreshToken', 'RefreshToken'])
    const next = await refresh(clinic.url, rotation.body.refresh_token)
    expect(await readRecord(clinic.url, next.body.access_token)).toBe(200)
    // The first token is still recognized long after it was rotated.
    expect((await refresh(clinic.url, body.refresh_token)).status).toBe(400)
    expect(await readRecord(clinic.url, next.body.access_token)).toBe(401)
    now += 48 * HOUR
    await sweepExpired(clinic.store, now)
    expect(await models()).toEqual(['Client', 'Device'])
  })

  it('deletes begun authorizations a minute after they expired and other rows an hour later', async () => {
    const rows = ['Interaction', 'Session'].flatMap((model) =>
      [1, 59, 61].map((seconds) => ({
        model,
        id: `${model}-${seconds}`,
        payload: '{}',
        expires_at: now - seconds * 1000,
      })),
    )
    await clinic.store.write((trx) => trx.insertInto('oauth_record').values(rows).execute())
    const left = async () => {
      const found = await clinic.store.db.selectFrom('oauth_record').select('id').execute()
      return found.flatMap(({ id }) => (rows.some((row) => row.id === id) ? [id] : [])).sort()
    }
    await sweepExpired(clinic.store, now)
    expect(await left()).toEqual(['Interaction-1', 'Interaction-59', 'Session-1', 'Session-59', 'Session-61'])
    await sweepExpired(clinic.store, now + HOUR)
    expect(await left()).toEqual([])
  })

  const fill = async (step = 1) => {
    const rows = Array.from({ length: 1200 }, (_, at) => ({
      bucket: `account:${at}`,
      failures: 1,
      expires_at: now - 2 * HOUR - at * step,
    }))
    await clinic.store.write((trx) => trx.insertInto('rate_limit').values(rows).execute())
  }
  const count = async () => (await clinic.store.db.selectFrom('rate_limit').select('bucket').execute()).length

  it.each([
    ['the oldest first', 1],
    // Applications choose when the proofs expire that they send, and may choose one time for all.
    ['also if all expired at the same time', 0],
  ])('deletes no more than a batch at once, %s', async (_, step) => {
    await clinic.store.write((trx) => trx.deleteFrom('rate_limit').execute())
    await fill(step)
    const sweeps: [boolean, number][] = []
    for (let sweep = 0; sweep < 3; sweep++)
      sweeps.push([await sweepExpired(clinic.store, now), await count()])
    expect(sweeps).toEqual([
      [true, 700],
      [true, 200],
      [false, 0],
    ])
  })

  it('deletes grants a month after they expired, or after the tokens of one that was ended were deleted', async () => {
    const DAY = 24 * HOUR
    const row = (grant_id: string, more: object) => ({
      ...{ grant_id, account_id: 'john', client_id: 'carekey', scope: 'openid', window: 'day' },
      ...{ account_generation: 1, client_generation: '', created_at: now, expires_at: now + 99 * DAY },
      ...more,
    })
    const ended = { revoked_at: now - 60 * DAY }
    const rows = [
      row('active', {}),
      row('expired-30', { expires_at: now - 30 * DAY }),
      row('expired-32', { expires_at: now - 32 * DAY }),
      row('ended', ended),
      row('emptied-30', { ...ended, emptied_at: now - 30 * DAY }),
      row('emptied-32', { ...ended, emptied_at: now - 32 * DAY }),
    ]
    await clinic.store.write(async (trx) => {
      await trx.deleteFrom('consent').execute()
      await trx.insertInto('consent').values(rows).execute()
    })
    await sweepExpired(clinic.store, now)
    const left = await clinic.store.db.selectFrom('consent').select('grant_id').orderBy('grant_id').execute()
    expect(left.map(({ grant_id }) => grant_id)).toEqual(['active', 'emptied-30', 'ended', 'expired-30'])
    await clinic.store.write((trx) => trx.deleteFrom('consent').execute())
  })

  /** Two grants that were ended, with more tokens than a batch. */
  const endGrants = async () => {
    const rows = ['one', 'two'].map((grant_id) => ({
      ...{ grant_id, account_id: 'john', client_id: 'carekey', scope: 'openid', window: 'day' },
      ...{ account_generation: 1, client_generation: '' },
      ...{ created_at: now, expires_at: now + HOUR, revoked_at: now },
    }))
    const tokens = rows.flatMap(({ grant_id }) =>
      Array.from({ length: 700 }, (_, at) => ({
        ...{
          model: 'RefreshToken',
          id: `${grant_id}-${at}`,
          payload: '{}',
          grant_id,
          expires_at: now + HOUR,
        },
      })),
    )
    await clinic.store.write(async (trx) => {
      await trx.insertInto('consent').values(rows).execute()
      await trx.insertInto('oauth_record').values(tokens).execute()
    })
    return rows.map(({ grant_id }) => grant_id)
  }
  const tokensOf = async (grantIds: readonly string[]) => {
    const rows = clinic.store.db.selectFrom('oauth_record').select('id').where('grant_id', 'in', grantIds)
    return (await rows.execute()).length
  }

  it('continues within a turn until nothing is left, so that strangers cannot add rows faster than it deletes them', async () => {
    await fill()
    const grantIds = await endGrants()
    const turns: (() => void)[] = []
    vi.spyOn(globalThis, 'setInterval').mockImplementation(((turn: () => void) => {
      turns.push(turn)
      return { unref: () => undefined, [Symbol.toPrimitive]: () => 0 }
    }) as unknown as typeof setInterval)
    const stop = sweepRegularly(clinic.store, () => now)
    vi.restoreAllMocks()
    turns[0]?.()
    await expect.poll(count).toBe(0)
    await expect.poll(() => tokensOf(grantIds)).toBe(0)
    await stop()
  })
})
