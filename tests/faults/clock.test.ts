import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../fixtures/organization.ts'
import { engines } from '../fixtures/store.ts'
import { obtainCode, readRecord, redeem, refresh } from '../fixtures/token-requests.ts'

const SECOND = 1000
const DAY = 86_400 * SECOND

describe.each(engines)('a clock that jumps, on %s', (store) => {
  let now = Date.now()
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', clock: () => now, store })
  })
  beforeEach(() => {
    now = Date.now()
  })
  afterAll(() => clinic.close())

  const jumps = [-400 * DAY, -DAY, -5 * SECOND, 0, 5 * SECOND, DAY, 400 * DAY]

  it('revives no code that was redeemed', async () => {
    const code = await obtainCode(clinic.url)
    expect((await redeem(clinic.url, code)).status).toBe(200)
    const then = now
    for (const jump of jumps) {
      now = then + jump
      expect((await redeem(clinic.url, code)).status).toBe(400)
    }
  })

  it('revives no refresh token that was rotated, and none of its grant', async () => {
    const { body } = await redeem(clinic.url, await obtainCode(clinic.url))
    const rotated = await refresh(clinic.url, body.refresh_token)
    now += 12 * SECOND
    expect((await refresh(clinic.url, body.refresh_token)).status).toBe(400)
    const then = now
    for (const jump of jumps) {
      now = then + jump
      expect((await refresh(clinic.url, body.refresh_token)).status).toBe(400)
      expect((await refresh(clinic.url, rotated.body.refresh_token)).status).toBe(400)
      expect(await readRecord(clinic.url, rotated.body.access_token)).toBe(401)
    }
  })

  it('lengthens the ten seconds in which an answer is given again by no more than clocks differ', async () => {
    const { body } = await redeem(clinic.url, await obtainCode(clinic.url))
    expect((await refresh(clinic.url, body.refresh_token)).status).toBe(200)
    now -= 5 * SECOND
    expect((await refresh(clinic.url, body.refresh_token)).status).toBe(400)
  })

  it('ends a window early when it is ahead, and gives no token past it', async () => {
    const { body } = await redeem(clinic.url, await obtainCode(clinic.url))
    now += 2 * DAY
    expect(await readRecord(clinic.url, body.access_token)).toBe(401)
    expect((await refresh(clinic.url, body.refresh_token)).status).toBe(400)
  })
})
