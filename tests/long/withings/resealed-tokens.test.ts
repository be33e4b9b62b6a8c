import { copyFile, readFile, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../../server/app.ts'
import { rotateKeys } from '../../../server/cli/admin/keys-command.ts'
import { john } from '../../../server/demo/withings/people.ts'
import { type KeyFile, replaceAllKeys, replaceKeyFile } from '../../../server/keys/key-file.ts'
import { openKeys, storeKeyId } from '../../../server/keys/keys.ts'
import { openToken, resealTokens, sealToken } from '../../../server/sources/withings/token-sealer.ts'
import { createTokens } from '../../../server/sources/withings/tokens.ts'
import type { TokenPair } from '../../../server/sources/withings/withings-client.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import {
  createSignInBrowser,
  decideAtWithings,
  openLogin,
  renewAccess,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

const HOUR = 3_600_000
/** Longer than a rotation takes that waits for nothing. Milliseconds. */
const LONG_ENOUGH = 5_000

describe.each(engines)('J21 tokens of Withings, on %s', (store) => {
  let organization: WithingsOrganization
  beforeEach(async () => {
    organization = await startWithingsOrganization({ store, people: [john] })
  })
  afterEach(() => organization.close())

  const file = () => organization.database.keyFile
  const keys = async () => JSON.parse(await readFile(file(), 'utf8')) as KeyFile
  const rotate = () => rotateKeys(['--db', organization.database.url, '--keys', file(), '--compromised'])
  const openKeyring = (keyFile: string) =>
    openKeys({
      ...{ config: organization.config, store: organization.store, clock: Date.now },
      ...{ file: keyFile, onFault: () => {} },
    })
  const rowOf = () =>
    organization.store.db.selectFrom('withings_account').selectAll().executeTakeFirstOrThrow()
  const opensWith = async ({ pages }: KeyFile) => {
    const row = await rowOf()
    const only = { pages: Buffer.from(pages, 'base64url'), resealing: [] }
    return [row.access_token, row.refresh_token].map((sealed) => openToken(only, sealed, row) !== undefined)
  }
  /** Reads after Withings’ access token has ended, so that the refresh token is needed. */
  const readLater = async (grant: Awaited<ReturnType<typeof signInWithWithings>>) => {
    organization.standIn.clock.now += 4 * HOUR
    const renewed = await renewAccess(organization, grant)
    const response = await fetch(`${organization.url}/fhir/Observation?_count=1`, {
      headers: { authorization: `Bearer ${renewed.access_token}` },
    })
    const { fault } = await rowOf()
    return { status: response.status, fault, grant: renewed }
  }

  it('are sealed anew while the server runs, and nobody has to sign in there again', async () => {
    let grant = await signInWithWithings(organization)
    for (let rotation = 0; rotation < 2; rotation++) {
      const before = await keys()
      expect(await opensWith(before)).toEqual([true, true])
      await rotate()
      const after = await keys()
      expect(after).not.toHaveProperty('resealing')
      expect([await opensWith(before), await opensWith(after)]).toEqual([
        [false, false],
        [true, true],
      ])
      const read = await readLater(grant)
      expect(read).toMatchObject({ status: 200, fault: null })
      grant = read.grant
    }
  })

  it('survive a rotation that begins while they are renewed', async () => {
    await signInWithWithings(organization)
    const clock = () => organization.standIn.clock.now
    const keyring = await openKeyring(file())
    const { userid } = await rowOf()
    const pair: TokenPair = {
      userid,
      accessToken: 'a-new-one',
      refreshToken: 'its-successor',
      expiresIn: 10_800,
    }
    const refresh = async () => {
      await rotate()
      return pair
    }
    const tokens = createTokens({
      ...{ store: organization.store, clock, keys: keyring },
      client: { refresh } as never,
    })
    organization.standIn.clock.now += 4 * HOUR
    const owner = { issuer: organization.standIn.url, userid }
    expect(await tokens.use(owner, async ({ token }) => token)).toBe('a-new-one')
    expect(await opensWith(await keys())).toEqual([true, true])
  })

  it('survive a rotation between finding them and opening them', async () => {
    await signInWithWithings(organization)
    const clock = () => organization.standIn.clock.now
    const keyring = await openKeyring(file())
    const { userid } = await rowOf()
    const sent: string[] = []
    const refresh = async ({ token }: { token: string }) => {
      sent.push(token)
      return { userid, accessToken: 'a-new-one', refreshToken: 'its-successor', expiresIn: 10_800 }
    }
    let rotation: Promise<object> | undefined
    const write: typeof organization.store.write = async (work) => {
      rotation ??= rotate()
      await rotation
      return organization.store.write(work)
    }
    const tokens = createTokens({
      ...{ store: { ...organization.store, write }, clock, keys: keyring },
      client: { refresh } as never,
    })
    organization.standIn.clock.now += 4 * HOUR
    const owner = { issuer: organization.standIn.url, userid }
    expect(await tokens.use(owner, async ({ token }) => token)).toBe('a-new-one')
    expect(sent).toHaveLength(1)
  })

  it('are not renewed by a process with other keys than the database', async () => {
    await signInWithWithings(organization)
    const copy = `${file()}-elsewhere`
    await copyFile(file(), copy)
    const tokens = createTokens({
      ...{ store: organization.store, clock: () => organization.standIn.clock.now },
      keys: await openKeyring(copy),
      client: { refresh: () => expect.fail('Withings was asked.') } as never,
    })
    await rotate()
    organization.standIn.clock.now += 4 * HOUR
    const before = await rowOf()
    await expect(tokens.confirm(before)).rejects.toMatchObject({ code: 'keys-refused' })
    expect(await rowOf()).toEqual(before)
  })

  it('that were sealed in a transaction are stored before the keys are replaced', async () => {
    await signInWithWithings(organization)
    const clock = () => organization.standIn.clock.now
    const keyring = await openKeyring(file())
    const { sealPair } = createTokens({
      ...{ store: organization.store, clock, keys: keyring, client: {} as never },
    })
    const row = await rowOf()
    const pair = { userid: row.userid, accessToken: 'new', refreshToken: 'newer', expiresIn: 10_800 }
    let rotation: Promise<object> | undefined
    await organization.store.write(async (trx) => {
      const sealedPair = await sealPair(trx, pair, row)
      rotation = rotate()
      // It waits for this transaction.
      await Promise.race([rotation, sleep(LONG_ENOUGH)])
      await trx.updateTable('withings_account').set(sealedPair).execute()
    })
    await rotation
    expect(await opensWith(await keys())).toEqual([true, true])
  })

  /** Starts another process of the organization. */
  const startOther = async (keyFile: string) => {
    const { config, database, standIn } = organization
    const clock = () => standIn.clock.now
    const other = await database.open()
    const app = await createApp({
      ...{ config, store: other, keyFile, logKey: { file: database.logKey } },
      ...{ clock, elapsed: clock, databaseTime: async () => clock() },
    })
    return {
      url: await app.listen({ host: '127.0.0.1', port: 0 }),
      close: async () => {
        await app.close()
        await other.close()
      },
    }
  }

  const start = async () => (await startOther(file())).close()

  it.each(['--compromised', '--lost'])(
    'stay as they are on a machine that lacks the keys of %s, and are read once it has them',
    async (how) => {
      const grant = await signInWithWithings(organization)
      const copy = `${file()}-elsewhere`
      await copyFile(file(), copy)
      const elsewhere = await startOther(copy)
      const browser = createSignInBrowser(organization)
      const back = await decideAtWithings(browser, (await openLogin(organization, browser)).login)
      const readElsewhere = async (access: string) => {
        const response = await fetch(`${elsewhere.url}/fhir/Observation?_count=1`, {
          headers: { authorization: `Bearer ${access}` },
        })
        return JSON.stringify(await response.json())
      }
      if (how === '--lost') await rm(file())
      await rotateKeys(['--db', organization.database.url, '--keys', file(), how])
      const before = await rowOf()
      const { switches, clock } = organization.standIn
      // Stays planned unless Withings is asked for tokens.
      switches.faults = [{ on: 'oauth2.requesttoken', fault: { kind: 'lost' } }]
      const elsewhereAgent = createUserAgent(elsewhere.url, fetch, new Map(browser.agent.cookies))
      const page = await elsewhereAgent.open(`${back.pathname}${back.search}`)
      expect(page.status).toBe(503)
      expect(await rowOf()).toEqual(before)

      clock.now += 4 * HOUR
      const { access_token, refresh_token } = await renewAccess(organization, grant)
      expect(await readElsewhere(access_token)).toContain('Newer ones are being read')
      expect(await rowOf()).toEqual(before)
      expect(switches.faults).toHaveLength(1)

      switches.faults = []
      await copyFile(file(), copy)
      clock.now += 4 * HOUR
      const later = await renewAccess(organization, { ...grant, ...(refresh_token && { refresh_token }) })
      const answer = await readElsewhere(later.access_token)
      // Nobody has the lost key, so the person signs in again.
      if (how === '--lost') expect(answer).toContain('The connection to Withings has ended.')
      expect(await rowOf()).toMatchObject({ fault: how === '--lost' ? 'ended' : null })
      await elsewhere.close()
    },
  )

  it('a sign-in with Withings that is under way begins again', async () => {
    const browser = createSignInBrowser(organization)
    const back = async () => decideAtWithings(browser, (await openLogin(organization, browser)).login)
    expect((await browser.agent.open(await back())).html).toContain('name="birthdate"')
    const address = await back()
    await rotate()
    const page = await browser.agent.open(address)
    expect(page.html).not.toMatch(/name="(birthdate|allow)"/)
  })

  /** What a killed command leaves behind, from its first write to its last. */
  const interruptions: Readonly<Record<string, (after: KeyFile) => Promise<void>>> = {
    'the file was replaced': async () => {},
    'the database was told': ({ signing: [{ key }] }) =>
      organization.store.write((trx) => storeKeyId(trx, key.kid)),
    'one token of two was sealed': async (after) => {
      const row = await rowOf()
      const [pages, former] = [after.pages, after.resealing?.[0] ?? ''].map((key) =>
        Buffer.from(key, 'base64url'),
      )
      if (!pages || !former) throw new Error('There is no former key.')
      const token = openToken({ pages: former, resealing: [] }, row.access_token, row) ?? ''
      const access_token = sealToken({ pages, resealing: [] }, token, row)
      await organization.store.write((trx) =>
        trx.updateTable('withings_account').set({ access_token }).execute(),
      )
    },
    'both were sealed': async ({ pages, resealing = [] }) => {
      const [current, ...former] = [pages, ...resealing].map((key) => Buffer.from(key, 'base64url'))
      await resealTokens(organization.store, { pages: current as Uint8Array, resealing: former })
    },
  }
  it.each(Object.keys(interruptions))(
    'are usable after a rotation was interrupted when %s',
    async (stage) => {
      let grant = await signInWithWithings(organization)
      const before = await keys()
      await replaceKeyFile(file(), await replaceAllKeys(before, Date.now()))
      await interruptions[stage]?.(await keys())
      // The server that runs goes on with the new keys.
      const read = await readLater(grant)
      expect(read).toMatchObject({ status: 200, fault: null })
      grant = read.grant
      // The next rotation completes it, or the next start.
      if (stage === 'the file was replaced') await rotate()
      else await start()
      const after = await keys()
      expect(after).not.toHaveProperty('resealing')
      expect([await opensWith(before), await opensWith(after)]).toEqual([
        [false, false],
        [true, true],
      ])
      expect(await readLater(grant)).toMatchObject({ status: 200, fault: null })
    },
  )
})
