import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockKeys } from '../../../server/keys/keys.ts'
import { createRequestBudget, type Purpose } from '../../../server/sources/withings/request-budget.ts'
import { createTokens } from '../../../server/sources/withings/tokens.ts'
import { createWithingsClient } from '../../../server/sources/withings/withings-client.ts'
import type { Store } from '../../../server/store/store.ts'
import { signInAt, startStandIn, type TestStandIn } from '../../fixtures/stand-in.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND
const KEY = new Uint8Array(32).fill(7)

describe.each(engines)('the tokens of Withings on %s', (engine) => {
  let standIn: TestStandIn
  let database: TestDatabase
  let stores: Store[]
  let folder: string
  let secretFile: string
  /** Requests for tokens that reached Withings. */
  let renewals: number
  const owner = () => ({ issuer: standIn.url, userid: '30411672' })

  /** A process of the organization. */
  const startProcess = async (change: (store: Store) => Store = (store) => store, key = KEY) => {
    const store = await database.open()
    stores.push(store)
    const source = {
      kind: 'withings' as const,
      clientId: standIn.application.clientId,
      clientSecretFile: secretFile,
      accountUrl: standIn.url,
      apiUrl: standIn.url,
    }
    const clock = () => standIn.clock.now
    const real = createWithingsClient({ source, clock, take: async () => {} })
    const client: typeof real = {
      ...real,
      refresh: (access) => {
        renewals++
        return real.refresh(access)
      },
    }
    const keys = { pages: key, resealing: [] as Uint8Array[], hold: lockKeys }
    const tokens = createTokens({ store: change(store), clock, client, keys })
    const measure = () =>
      tokens.use(owner(), (access) => client.getMeasures(access, { types: [1], offset: 0 }))
    return { store, clock, tokens, keys, measure }
  }

  /** A process that is killed after its first write; the next one would store the new pair. */
  const startDyingProcess = () => {
    let isKilled = false
    return startProcess((store) => ({
      ...store,
      write: async (work) => {
        if (isKilled) throw new Error('killed')
        const answer = await store.write(work)
        isKilled = true
        return answer
      },
    }))
  }

  beforeEach(async () => {
    renewals = 0
    stores = []
    standIn = await startStandIn()
    database = await createDatabase(engine)
    folder = await mkdtemp(join(tmpdir(), 'withings-tokens-'))
    secretFile = join(folder, 'secret')
    await writeFile(secretFile, standIn.application.clientSecret, { mode: 0o600 })
    const first = await signInAt(standIn)
    const { store, tokens } = await startProcess()
    const pair = {
      userid: String(first.userid),
      accessToken: first.access_token,
      refreshToken: first.refresh_token,
      expiresIn: 10_800,
    }
    const rest = {
      ...{ account_id: 'a', patient: 'p', version: 1, connection: 'c', renewing_until: 0 },
      ...{ since: null, read_at: null, next_read: 0, fault: null, hook: null },
    }
    await store.write(async (trx) => {
      const sealedPair = await tokens.sealPair(trx, pair, owner())
      await trx
        .insertInto('withings_account')
        .values({ ...owner(), ...sealedPair, ...rest })
        .execute()
    })
  })
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await database.close()
    await standIn.close()
    await rm(folder, { recursive: true })
  })

  it('checklist W3, W03 are renewed once, however many requests come in however many processes', async () => {
    const processes = await Promise.all([startProcess(), startProcess()])
    await processes[0]?.measure()
    for (let rounds = 1; rounds <= 2; rounds++) {
      standIn.clock.now += 4 * HOUR
      const all = Array.from({ length: 50 }, (_, index) => processes[index % 2]?.measure())
      // The stand-in allows 120 a minute.
      await Promise.all(all)
      expect(renewals).toBe(rounds)
    }
  })

  it('W03 survive if the process ends between the answer and storing the pair', async () => {
    const dying = await startDyingProcess()
    const living = await startProcess()
    standIn.clock.now += 4 * HOUR
    await expect(dying.measure()).rejects.toThrow('killed')
    expect(renewals).toBe(1)
    standIn.clock.now += 31 * SECOND
    await living.measure()
    expect(renewals).toBe(2)
  })

  it('W03 survive a day without a reader after a process ended, or answers were lost', async () => {
    const dying = await startDyingProcess()
    const living = await startProcess()
    standIn.clock.now += 4 * HOUR
    await expect(dying.measure()).rejects.toThrow('killed')
    await living.tokens.finishRenewals(standIn.url)
    expect(renewals).toBe(1)
    standIn.clock.now += 31 * SECOND
    await living.tokens.finishRenewals(standIn.url)
    expect(renewals).toBe(2)
    standIn.clock.now += 24 * HOUR
    standIn.switches.faults = [{ on: 'oauth2.requesttoken', fault: { kind: 'lost' }, times: 2 }]
    await expect(living.measure()).rejects.toMatchObject({ fault: 'away' })
    await living.tokens.finishRenewals(standIn.url)
    standIn.clock.now += 24 * HOUR
    await living.measure()
    // No renewal is unfinished any more.
    const before = renewals
    standIn.clock.now += 24 * HOUR
    await living.tokens.finishRenewals(standIn.url)
    expect(renewals).toBe(before)
  })

  it('W03 survive if the process ends after the pair was stored and before its first use', async () => {
    const { tokens } = await startProcess()
    standIn.clock.now += 4 * HOUR
    await expect(
      tokens.use(owner(), async () => {
        throw new Error('killed')
      }),
    ).rejects.toThrow('killed')
    const living = await startProcess()
    await living.measure()
    expect(renewals).toBe(1)
  })

  it.each([{}, { expires_in: 0 }, { expires_in: 60 }, { expires_in: 'soon' }])(
    'W03 are used at least ten minutes, whatever Withings says of how long they live: %j',
    async (lifetime) => {
      standIn.switches.tokenLifetime = lifetime
      const { measure } = await startProcess()
      standIn.clock.now += 4 * HOUR
      for (let reads = 0; reads < 3; reads++) await measure()
      expect(renewals).toBe(1)
      standIn.clock.now += 9 * 60 * SECOND
      await measure()
      expect(renewals).toBe(1)
    },
  )

  it('W03 survive with a clock that is an hour off', async () => {
    const { measure } = await startProcess()
    await measure()
    for (const ahead of [HOUR, -HOUR, 0]) {
      standIn.switches.clockAhead = ahead
      standIn.clock.now += 3 * HOUR - 90 * SECOND
      await measure()
    }
  })

  it('open with no other key, and in no other row', async () => {
    const stranger = await startProcess(undefined, new Uint8Array(32).fill(8))
    await expect(stranger.measure()).rejects.toMatchObject({ fault: 'ended' })
    expect(renewals).toBe(0)
    const { store, tokens } = await startProcess()
    await store.write((trx) =>
      trx.updateTable('withings_account').set({ userid: '1', fault: null }).execute(),
    )
    const use = tokens.use({ ...owner(), userid: '1' }, async () => 'used')
    await expect(use).rejects.toMatchObject({ fault: 'ended' })
  })

  it('W05 300 people at once get 76 requests a minute over all processes, and some are left for sign-ins and ends', async () => {
    const [one, two] = [await startProcess(), await startProcess()]
    const takes = [one, two].map(createRequestBudget)
    const count = async (requests: number, purposeOf: (index: number) => Purpose) => {
      const all = await Promise.allSettled(
        Array.from({ length: requests }, (_, index) => takes[index % 2]?.(purposeOf(index))),
      )
      return all.filter(({ status }) => status === 'fulfilled').length
    }
    const ofEach = (index: number) => ({ patient: String(index) })
    expect(await count(300, ofEach)).toBe(76)
    expect(await count(30, () => 'sign-in')).toBe(20)
    expect(await count(30, (index) => ({ endOf: String(index) }))).toBe(10)
    standIn.clock.now += 71 * SECOND
    expect(await count(10, ofEach)).toBe(10)
  })

  it('W05 one person gets 48 requests a minute over all processes, and everybody else four', async () => {
    const takes = [await startProcess(), await startProcess()].map(createRequestBudget)
    const count = async (patient: string) => {
      const all = await Promise.allSettled(
        Array.from({ length: 100 }, (_, index) => takes[index % 2]?.({ patient })),
      )
      return all.filter(({ status }) => status === 'fulfilled').length
    }
    expect(await count('p')).toBe(48)
    for (const other of ['q', 'r', 's', 't', 'u', 'v', 'w']) expect(await count(other)).toBe(4)
    expect(await count('x')).toBe(0)
    standIn.clock.now += 71 * SECOND
    expect(await count('p')).toBe(48)
  })

  it('W05 ten connections a minute end over all processes, three of one person, and leave the sign-ins alone', async () => {
    const takes = [await startProcess(), await startProcess()].map(createRequestBudget)
    const count = async (tries: number, purposeOf: (index: number) => Purpose) => {
      const all = await Promise.allSettled(
        Array.from({ length: tries }, (_, index) => takes[index % 2]?.(purposeOf(index))),
      )
      return all.filter(({ status }) => status === 'fulfilled').length
    }
    expect(await count(30, () => ({ endOf: 'somebody' }))).toBe(3)
    expect(await count(30, (index) => ({ endOf: String(index) }))).toBe(7)
    expect(await count(300, (index) => ({ patient: String(index) }))).toBe(76)
    expect(await count(30, () => 'sign-in')).toBe(20)
    standIn.clock.now += 71 * SECOND
    expect(await count(300, (index) => ({ patient: String(index) }))).toBe(76)
    expect(await count(1, () => ({ endOf: 'somebody' }))).toBe(1)
  })

  it('W05 two people with very many readings leave a turn to the others in every minute, and the ends', async () => {
    const take = createRequestBudget(await startProcess())
    const isTaken = (purpose: Purpose) =>
      take(purpose).then(
        () => true,
        () => false,
      )
    const refused = []
    for (let second = 0; second < 250; second += 1) {
      standIn.clock.now += SECOND
      for (const patient of ['p', 'p', 'q', 'q']) await isTaken({ patient })
      if (second % 61 !== 60) continue
      if (!(await isTaken({ patient: 'other' }))) refused.push('other')
      if (!(await isTaken({ endOf: 'somebody' }))) refused.push('end')
    }
    expect(refused).toEqual([])
  })

  it('W05 300 sign-ins at once leave 36 requests a minute for readings', async () => {
    const take = createRequestBudget(await startProcess())
    const count = async (purposeOf: (index: number) => Purpose) => {
      const all = await Promise.allSettled(Array.from({ length: 300 }, (_, index) => take(purposeOf(index))))
      return all.filter(({ status }) => status === 'fulfilled').length
    }
    expect(await count(() => 'sign-in')).toBe(60)
    expect(await count((index) => ({ patient: String(index) }))).toBe(36)
  })
})
