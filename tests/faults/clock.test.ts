import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from '../../server/app.ts'
import { createDpopKey } from '../fixtures/dpop-key.ts'
import { startOrganization, type TestOrganization } from '../fixtures/organization.ts'
import { registerResourceServer } from '../fixtures/resource-server.ts'
import { registerSignedClient } from '../fixtures/signed-client.ts'
import { engines } from '../fixtures/store.ts'
import { isActive, obtainCode, readRecord, redeem, refresh } from '../fixtures/token-requests.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 86_400 * SECOND

describe.each(engines)('a clock that jumps, on %s', (store) => {
  let now = Date.now()
  let elapsed = 0
  let clinic: TestOrganization
  // One organization for each test, because time at an organization never goes back.
  beforeEach(async () => {
    now = Date.now()
    elapsed = 0
    clinic = await startOrganization({ demo: 'riverside', clock: () => now, elapsed: () => elapsed, store })
    await registerResourceServer(clinic.store)
  })
  afterEach(() => clinic.close())

  /** The log's entries about the clock. */
  const readReasons = async () => {
    const rows = await clinic.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('subtype', '=', 'clock')
      .orderBy('seq')
      .execute()
    return rows.map(({ json }) => /clock_\w+/.exec(json)?.[0])
  }
  /** Another process on the same database, with the same clock. */
  const startAgain = (acceptClock = false) =>
    createApp({
      config: clinic.config,
      store: clinic.store,
      clock: () => now,
      elapsed: () => elapsed,
      databaseTime: async () => undefined,
      acceptClock,
      keyFile: clinic.database.keyFile,
      logKey: { file: clinic.database.logKey },
    })
  type App = Awaited<ReturnType<typeof startAgain>>
  const readAt = async (app: App, token = '') => {
    const headers = { authorization: `Bearer ${token}` }
    return (await app.inject({ url: '/fhir/Patient/john-doe', headers })).statusCode
  }

  /** Sets the clock ahead for long enough that it is believed. */
  const setAhead = async (by: number) => {
    now += by
    await readRecord(clinic.url, '')
    elapsed += 61 * SECOND
  }
  const jumps = [-400 * DAY, -DAY, -5 * SECOND, 0, 5 * SECOND, DAY, 400 * DAY]

  it('revives no redeemed code', async () => {
    const code = await obtainCode(clinic.url)
    expect((await redeem(clinic.url, code)).status).toBe(200)
    const then = now
    for (const jump of jumps) {
      now = then + jump
      expect((await redeem(clinic.url, code)).status).toBe(400)
    }
  })

  it('revives no rotated refresh token, and no other token of its grant', async () => {
    const { body } = await redeem(clinic.url, await obtainCode(clinic.url))
    const rotation = await refresh(clinic.url, body.refresh_token)
    expect(await readRecord(clinic.url, rotation.body.access_token)).toBe(200)
    now += 12 * SECOND
    expect((await refresh(clinic.url, body.refresh_token)).status).toBe(400)
    const then = now
    for (const jump of jumps) {
      now = then + jump
      expect((await refresh(clinic.url, body.refresh_token)).status).toBe(400)
      expect((await refresh(clinic.url, rotation.body.refresh_token)).status).toBe(400)
      expect(await readRecord(clinic.url, rotation.body.access_token)).toBe(401)
    }
  })

  it('leaves an answer available for replay for ten seconds', async () => {
    const { body } = await redeem(clinic.url, await obtainCode(clinic.url))
    expect((await refresh(clinic.url, body.refresh_token)).status).toBe(200)
    now -= 5 * SECOND
    const again = await refresh(clinic.url, body.refresh_token)
    expect(again.status).toBe(200)
    expect(await readRecord(clinic.url, again.body.access_token)).toBe(200)
    now -= HOUR
    elapsed += 25 * SECOND
    expect((await refresh(clinic.url, body.refresh_token)).status).toBe(400)
  })

  it('T07 locks nobody out when it leaps for a second', async () => {
    let { body } = await redeem(clinic.url, await obtainCode(clinic.url))
    const right = now
    for (const leap of [HOUR, 400 * DAY]) {
      vi.useFakeTimers({ toFake: ['Date'], now: right + leap })
      now = right + leap
      elapsed += SECOND
      expect(await readRecord(clinic.url, body.access_token)).toBe(200)
      const renewed = await refresh(clinic.url, body.refresh_token)
      expect(renewed.status, JSON.stringify(renewed.body)).toBe(200)
      const fresh = await redeem(clinic.url, await obtainCode(clinic.url, 'hour'))
      vi.useRealTimers()
      now = right + 2 * SECOND
      elapsed += SECOND
      expect(await readRecord(clinic.url, renewed.body.access_token)).toBe(200)
      expect(await readRecord(clinic.url, fresh.body.access_token)).toBe(200)
      body = renewed.body
    }
    expect(await readReasons()).toEqual([])
  })

  it('T07 is believed when it is ahead for a minute', async () => {
    const { body } = await redeem(clinic.url, await obtainCode(clinic.url))
    now += 2 * DAY
    for (const expected of [200, 200, 401]) {
      expect(await readRecord(clinic.url, body.access_token)).toBe(expected)
      elapsed += 31 * SECOND
      now += 31 * SECOND
    }
  })

  it('ends a window early when it is ahead, so that no token outlives the window', async () => {
    const { body } = await redeem(clinic.url, await obtainCode(clinic.url))
    await setAhead(2 * DAY)
    expect(await readRecord(clinic.url, body.access_token)).toBe(401)
    expect((await refresh(clinic.url, body.refresh_token)).status).toBe(400)
  })

  it('F16 leaves expired grants expired when it is set back by two hours', async () => {
    const { body } = await redeem(clinic.url, await obtainCode(clinic.url, 'hour'))
    const unused = await obtainCode(clinic.url)
    await setAhead(2 * HOUR)
    expect(await readRecord(clinic.url, body.access_token)).toBe(401)
    now -= 2 * HOUR
    expect(await readRecord(clinic.url, body.access_token), 'a token that expired').toBe(401)
    expect(await isActive(clinic.url, body.access_token)).toBe(false)
    expect((await refresh(clinic.url, body.refresh_token)).status, 'a window that closed').toBe(400)
    expect((await redeem(clinic.url, unused)).status, 'a code that expired').toBe(400)
    await expect.poll(readReasons).toEqual(['clock_went_back'])
    // A new grant is valid all the same.
    const fresh = await redeem(clinic.url, await obtainCode(clinic.url))
    expect(await readRecord(clinic.url, fresh.body.access_token)).toBe(200)
  })

  it('F16 leaves expired grants expired when the server starts again with it', async () => {
    const { body } = await redeem(clinic.url, await obtainCode(clinic.url))
    await setAhead(2 * HOUR)
    expect(await readRecord(clinic.url, body.access_token)).toBe(401)
    // Causes an entry in the log; an idle server stores the time only each minute.
    await obtainCode(clinic.url)
    // The running server would notice the step when it signs the log. Only the log has its time, as if it had been killed.
    await clinic.stop()
    await clinic.store.write((trx) => trx.deleteFrom('setting').where('name', '=', 'clock.seen').execute())
    now -= 2 * HOUR
    const restarted = await startAgain()
    expect(await readAt(restarted, body.access_token)).toBe(401)
    await expect.poll(readReasons).toEqual(['clock_went_back'])
    await restarted.close()
  })

  it('F16 accepts no used assertion or proof again', async () => {
    const job = await registerSignedClient(clinic)
    const key = await createDpopKey()
    const url = `${clinic.url}/oauth/token`
    const ask = (client_assertion: string, dpop?: string) =>
      fetch(url, {
        method: 'POST',
        headers: dpop === undefined ? {} : { dpop },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          scope: 'system/Patient.rs',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion,
        }),
      })
    const inTwoMinutes = () => job.assertion({ exp: Math.floor(now / 1000) + 120 })
    const assertion = await inTwoMinutes()
    const proof = await key.proof({ method: 'POST', url })
    const first = await ask(assertion, proof)
    expect(first.status).toBe(200)
    const { access_token } = (await first.json()) as { access_token: string }
    const address = `${clinic.url}/fhir/Patient/john-doe`
    const readProof = await key.proof({ method: 'GET', url: address, token: access_token })
    const read = () => fetch(address, { headers: { authorization: `DPoP ${access_token}`, dpop: readProof } })
    expect((await read()).status).toBe(200)
    await setAhead(2 * HOUR)
    expect((await ask(assertion)).status).toBe(401)
    const later = await inTwoMinutes()
    now -= 2 * HOUR
    expect((await ask(assertion)).status, 'the assertion').toBe(401)
    expect((await read()).status, 'the proof at the FHIR API').toBe(401)
    const replayed = await ask(later, proof)
    expect([replayed.status, await replayed.json()], 'the proof at the token endpoint').toMatchObject([
      400,
      { error: 'invalid_dpop_proof' },
    ])
  })

  it('F16 is trusted again once an operator says that it was ahead; everything that began meanwhile ends', async () => {
    const before = await redeem(clinic.url, await obtainCode(clinic.url))
    const hour = await redeem(clinic.url, await obtainCode(clinic.url, 'hour'))
    const right = now
    await setAhead(2 * HOUR)
    const wrong = await redeem(clinic.url, await obtainCode(clinic.url))
    expect(await readRecord(clinic.url, wrong.body.access_token)).toBe(200)
    // The running server would write its wrong time back each time it signs the log.
    await clinic.stop()
    now = right + 60 * SECOND
    const restarted = await startAgain(true)
    expect(await readReasons()).toEqual(['clock_accepted'])
    expect(await readAt(restarted, wrong.body.access_token), 'what was allowed meanwhile').toBe(401)
    expect(await readAt(restarted, hour.body.access_token), 'what ended meanwhile').toBe(401)
    const refreshAt = (app: App, refresh_token = '') =>
      app.inject({
        method: 'POST',
        url: '/oauth/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({
          ...{ grant_type: 'refresh_token', client_id: 'carekey', refresh_token },
        }).toString(),
      })
    const again = await refreshAt(restarted, before.body.refresh_token)
    expect(again.statusCode, 'what lasts longer').toBe(200)
    for (const { body } of [hour, wrong])
      expect((await refreshAt(restarted, body.refresh_token)).statusCode).toBe(400)
    const { access_token } = again.json<{ access_token: string }>()
    expect(await readAt(restarted, access_token)).toBe(200)
    await restarted.close()
    const once = await startAgain()
    expect(await readAt(once, access_token)).toBe(200)
    expect(await readReasons()).toEqual(['clock_accepted'])
    await once.close()
  })
})
