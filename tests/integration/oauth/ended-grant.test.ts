import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { removeAccount } from '../../../server/grants/accounts.ts'
import { markArrived } from '../../../server/grants/lost-answer.ts'
import { AlreadyTaken, storedId } from '../../../server/grants/stored-id.ts'
import { createAdapter } from '../../../server/oauth/engine/adapter.ts'
import { findAnswer } from '../../../server/oauth/engine/sealed-replay.ts'
import { applyWrites, collectWrites } from '../../../server/oauth/seam/unit-of-work.ts'
import { endGrant } from '../../../server/oauth/terms/grants.ts'
import { sweepEnded } from '../../../server/store/tables/sweep.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { registerResourceServer } from '../../fixtures/resource-server.ts'
import { carekey } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import {
  type Code,
  isActive,
  obtainCode,
  readRecord,
  redeem,
  refresh,
  type TokenAnswer,
} from '../../fixtures/token-requests.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

/** Longer than an answer is repeated, shorter than a code lives. */
const LATER = 30_000
/** More than one batch of the sweep. */
const MANY = 1_200

/** What an application holds of its grant, with every kind of row that the server keeps for it. */
interface Held {
  readonly grantId: string
  /** Redeemed. */
  readonly code: Code
  /** From the code. */
  readonly first: TokenAnswer['body']
  /** From a refresh; one of its tokens was used. */
  readonly second: TokenAnswer['body']
  /** From the refresh after it; none of its tokens was used. */
  readonly third: TokenAnswer['body']
}

describe.each(engines)('an ended grant, on %s', (engine) => {
  let now = Date.now()
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store: engine, clock: () => now })
    await registerResourceServer(clinic.store)
  })
  afterAll(() => clinic.close())
  beforeEach(async () => {
    // So that no test counts the records of another.
    while (await sweepEnded(clinic.store, now));
  })

  const newestGrant = async () => {
    const consent = clinic.store.db.selectFrom('consent').selectAll().orderBy('created_at', 'desc')
    return consent.executeTakeFirstOrThrow()
  }
  const hold = async (): Promise<Held> => {
    now += LATER
    const code = await obtainCode(clinic.url)
    const { grant_id: grantId } = await newestGrant()
    const { body: first } = await redeem(clinic.url, code)
    const { body: second } = await refresh(clinic.url, first.refresh_token)
    expect(await readRecord(clinic.url, second.access_token)).toBe(200)
    const { body: third } = await refresh(clinic.url, second.refresh_token)
    return { grantId, code, first, second, third }
  }
  const rowsOf = (grantId: string) =>
    clinic.store.db
      .selectFrom('oauth_record')
      .select(['model', 'id', 'uid', 'consumed_at'])
      .where('grant_id', '=', grantId)
      .orderBy('model')
      .orderBy('id')
      .execute()
  /** As an application does that refreshes again and again. */
  const fill = async (grantId: string) => {
    const row = await clinic.store.db
      .selectFrom('oauth_record')
      .selectAll()
      .where('grant_id', '=', grantId)
      .where('consumed_at', 'is not', null)
      .executeTakeFirstOrThrow()
    const rows = Array.from({ length: MANY }, (_, at) => ({ ...row, id: `${grantId}-${at}`, uid: null }))
    await clinic.store.write((trx) => trx.insertInto('oauth_record').values(rows).execute())
  }
  const end = ({ grantId }: Held) => clinic.store.write((trx) => endGrant(trx, grantId, now))
  const post = (path: string, form: Record<string, string>) =>
    fetch(`${clinic.url}/oauth/${path}`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: carekey.client_id, ...form }),
    })
  const visit = async () => {
    const agent = createUserAgent(clinic.url)
    await agent.submit(await agent.open('/login?next=/account'), { username: 'john', password: 'john-demo' })
    return agent
  }

  /** Presents all that the application holds, in every way; nothing of it may open, spend or report anything. */
  const opensNothing = async ({ grantId, code, first, second, third }: Held) => {
    const { url } = clinic
    const before = await rowsOf(grantId)
    const consent = await newestGrant()
    for (const { access_token = '', refresh_token = '' } of [third, second, first]) {
      expect(await readRecord(url, access_token)).toBe(401)
      const userinfo = { headers: { authorization: `Bearer ${access_token}` } }
      expect((await fetch(`${url}/oauth/userinfo`, userinfo)).status).toBe(401)
      for (const token of [access_token, refresh_token]) {
        expect(await isActive(url, token)).toBe(false)
        expect((await post('revoke', { token })).status).toBe(200)
      }
      expect(await refresh(url, refresh_token)).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      })
    }
    expect(await redeem(url, code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await rowsOf(grantId)).toEqual(before)
    // Neither a second end nor a reason for it is stored.
    expect(await newestGrant()).toEqual(consent)
  }

  const WAYS: Readonly<Record<string, (held: Held) => Promise<unknown>>> = {
    'disconnecting the application': async ({ grantId }) => {
      const agent = await visit()
      await agent.submit(await agent.open(`/account/connections/${grantId}/disconnect`), { do: 'disconnect' })
    },
    'disconnecting all': async () => {
      const agent = await visit()
      await agent.submit(await agent.open('/account/disconnect'), { do: 'disconnect' })
    },
    'revocation of its refresh token': ({ third }) => post('revoke', { token: third.refresh_token ?? '' }),
    'revocation of an access token': ({ third }) => post('revoke', { token: third.access_token ?? '' }),
    'a code that is used twice': ({ code }) => redeem(clinic.url, code),
    'a refresh token that is used twice': ({ first }) => refresh(clinic.url, first.refresh_token),
  }

  it.each(Object.entries(WAYS))('by %s opens nothing, and cost as much as any', async (_, endIt) => {
    const held = await hold()
    now += LATER
    expect(await readRecord(clinic.url, held.third.access_token)).toBe(200)
    await fill(held.grantId)
    const before = (await rowsOf(held.grantId)).length
    expect(before).toBeGreaterThan(MANY)
    await endIt(held)
    expect((await newestGrant()).revoked_at).not.toBeNull()
    // The engine itself may delete the one token that was presented.
    expect((await rowsOf(held.grantId)).length).toBeGreaterThanOrEqual(before - 1)
    await opensNothing(held)
  })

  it.each([
    ['at once', 0],
    ['later', LATER],
  ])('opens nothing with answers that were repeated, or lost, until then: %s', async (_, later) => {
    const held = await hold()
    await end(held)
    now += later
    await opensNothing(held)
  })

  it('leaves a code that was not redeemed without use', async () => {
    const code = await obtainCode(clinic.url)
    const { grant_id } = await newestGrant()
    await clinic.store.write((trx) => endGrant(trx, grant_id, now))
    expect(await rowsOf(grant_id)).toHaveLength(1)
    expect(await redeem(clinic.url, code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await newestGrant()).ended_because).toBeNull()
  })

  describe('that held when a request was read and has ended when it is stored', () => {
    const found = async (model: string, value = '') => {
      const adapter = createAdapter({ ...clinic, clock: () => now, keys: { cookies: '' } })(model)
      const { work } = await collectWrites(async () => {
        expect(await adapter.find(value)).toBeDefined()
        await adapter.consume(value)
      })
      return () => clinic.store.write((trx) => applyWrites(work, trx))
    }

    it('gives nothing for a refresh token', async () => {
      const held = await hold()
      const store = await found('RefreshToken', held.third.refresh_token)
      await end(held)
      await expect(store()).rejects.toThrow(AlreadyTaken)
    })

    it('gives nothing for a refresh token whose answer was lost', async () => {
      const held = await hold()
      now += LATER
      const store = await found('RefreshToken', held.second.refresh_token)
      await end(held)
      await expect(store()).rejects.toThrow(AlreadyTaken)
    })

    it('gives nothing for a code', async () => {
      const { code } = await obtainCode(clinic.url)
      const { grant_id } = await newestGrant()
      const store = await found('AuthorizationCode', code)
      await clinic.store.write((trx) => endGrant(trx, grant_id, now))
      await expect(store()).rejects.toThrow(AlreadyTaken)
    })

    it('repeats no answer', async () => {
      const held = await hold()
      const { refresh_token: token = '' } = held.second
      const presented = { token, grantId: held.grantId, clientId: carekey.client_id, scope: '' }
      const answer = () => findAnswer(clinic.store, presented, now - 1)
      expect(await answer()).toMatchObject({ refresh_token: held.third.refresh_token })
      await end(held)
      expect(await answer()).toBeUndefined()
    })

    it('takes no access token for one that has arrived', async () => {
      const held = await hold()
      const [id, cameWith] = [held.third.access_token, held.third.refresh_token].map((it = '') =>
        storedId(it),
      ) as [string, string]
      await end(held)
      expect(await clinic.store.write((trx) => markArrived(trx, id, cameWith))).toBe(false)
    })
  })

  it('is emptied a batch at a time, and others are not', async () => {
    const other = await hold()
    const held = await hold()
    await fill(held.grantId)
    const kept = await rowsOf(other.grantId)
    const counts = [(await rowsOf(held.grantId)).length]
    expect(await sweepEnded(clinic.store, now)).toBe(false)
    await end(held)
    while (await sweepEnded(clinic.store, now)) counts.push((await rowsOf(held.grantId)).length)
    const [all = 0] = counts
    expect(counts).toEqual([all, all - 500, all - 1000, 0])
    expect(await rowsOf(other.grantId)).toEqual(kept)
    expect(await readRecord(clinic.url, other.third.access_token)).toBe(200)
    await end(other)
    await sweepEnded(clinic.store, now)
    expect(await rowsOf(other.grantId)).toEqual([])
  })

  it('of an account that is removed leaves its tokens to the sweep', async () => {
    const held = await hold()
    await fill(held.grantId)
    const before = await rowsOf(held.grantId)
    await clinic.store.write((trx) => removeAccount(trx, 'john', now))
    expect(await rowsOf(held.grantId)).toEqual(before)
    await opensNothing(held)
    while (await sweepEnded(clinic.store, now));
    expect(await rowsOf(held.grantId)).toEqual([])
    const rows = clinic.store.db.selectFrom('oauth_record').select('model').where('account_id', '=', 'john')
    expect(await rows.execute()).toEqual([])
  })
})
