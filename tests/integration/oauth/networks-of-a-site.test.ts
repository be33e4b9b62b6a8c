import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clientBuckets } from '../../../server/oauth/clients/client-limit.ts'
import { createClientTries } from '../../../server/oauth/clients/client-tries.ts'
import { PartnerRefused } from '../../../server/sign-in/partner/partner-sign-in.ts'
import type { Partner } from '../../../server/sign-in/partner/partner-state.ts'
import { redeemOnce } from '../../../server/sign-in/partner/redeem-once.ts'
import { checkPassword } from '../../../server/sign-in/password/password-check.ts'
import { LIMITS, reserveTry, siteOf } from '../../../server/sign-in/secrets/rate-limit.ts'
import type { Store } from '../../../server/store/store.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')

/** One of the networks of a site: a /64 of a /48. */
const network = (site: number, at: number) => `2001:db8:${site}:${at}::1`

describe.each(engines)('a site of many networks, on %s', (engine) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await createDatabase(engine)
    store = await database.open()
  })
  afterEach(async () => {
    await store.close()
    await database.close()
  })

  let now = NOW
  let state = 0
  /** @param redeem is what the other company does. */
  const presenter = (redeem: () => Promise<string>) => {
    const partner = { signIn: { redeem } } as unknown as Partner
    return (address: string) =>
      redeemOnce({ store, clock: () => now }, partner, {
        ...{ code: 'code', state: state++, address },
        access: () => expect.fail(),
      }).catch((error: PartnerRefused) => error.reason)
  }

  it('presents no more invented codes of another company than one network', async () => {
    let redeemed = 0
    const present = presenter(async () => {
      redeemed++
      throw new PartnerRefused('denied')
    })
    const most = LIMITS.partnerSite.failures
    const answers: unknown[] = []
    for (let at = 0; at < most + 3; at++) answers.push(await present(network(1, at)))
    expect(answers.filter((reason) => reason === 'busy')).toHaveLength(3)
    expect(redeemed).toBe(most)
    expect(await present(network(2, 0))).toBe('denied')
    expect(await present('198.51.100.9')).toBe('denied')
    now += LIMITS.partnerCodesSite.seconds * 1000
    expect(await present(network(1, most))).toBe('busy')
    now += LIMITS.partnerSite.seconds * 1000
    expect(await present(network(1, most))).toBe('denied')
  })

  it('presents no more codes in a minute than one network, also if each signs somebody in', async () => {
    now = NOW
    const present = presenter(async () => 'signed in')
    const most = LIMITS.partnerCodesSite.failures
    for (let at = 0; at < most; at++) expect(await present(network(1, at))).toBe('signed in')
    expect(await present(network(1, most))).toBe('busy')
    expect(await present(network(2, 0))).toBe('signed in')
    now += LIMITS.partnerCodesSite.seconds * 1000
    expect(await present(network(1, most))).toBe('signed in')
  })

  it('A23 tries no more wrong secrets of one application than its limit, and keeps nobody else out', async () => {
    const tries = createClientTries({ store, clock: () => NOW })
    const attempt = (address: string, isRight = false) =>
      tries.run(clientBuckets('chart', address), async () => isRight)
    const most = LIMITS.clientSite.failures
    for (let at = 0; at < most; at++) expect(await attempt(network(1, at))).toBeUndefined()
    expect(await attempt(network(1, most))).toBeGreaterThan(0)
    expect(await attempt(network(2, 0), true)).toBeUndefined()
    expect(await attempt('198.51.100.9', true)).toBeUndefined()
    await tries.close()
  })

  it('F11 tries, and so logs, no more than 100 wrong passwords in five minutes, whatever the network and the name', async () => {
    const site = { limit: 'addressSite', value: siteOf(network(1, 0)) } as const
    for (let at = 0; at < 99; at++) await reserveTry(store, [site], NOW)
    const attempt = (address: string, username: string) =>
      checkPassword(store, { username, password: 'wrong', address }, NOW)
    expect(await attempt(network(1, 7), 'lea')).toMatchObject({ reason: 'wrong_password' })
    expect(await attempt(network(1, 8), 'ben')).toMatchObject({ reason: 'too_many_attempts' })
    expect(await attempt(network(2, 8), 'ben')).toMatchObject({ reason: 'wrong_password' })
  })
})
