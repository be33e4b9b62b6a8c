import type { TokenEndpointResponse } from 'oauth4webapi'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { john } from '../../../server/demo/withings/people.ts'
import type { Fault } from '../../../server/demo/withings/switches.ts'
import {
  readFhir,
  renewAccess,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let organization: WithingsOrganization
let tokens: TokenEndpointResponse
beforeEach(async () => {
  organization = await startWithingsOrganization()
  tokens = await signInWithWithings(organization)
})
afterEach(() => organization.close())

interface Entry {
  readonly resource: Record<string, unknown> & { issue?: { diagnostics: string }[] }
  readonly search: { mode: string }
}

/** Reads the newest Observations, and the answer's note about missing readings. */
const read = async (query = '_sort=-date&_count=200') => {
  const { status, body } = await readFhir(organization, tokens, `Observation?${query}`)
  if (status !== 200) throw new Error(JSON.stringify(body))
  const entries = (body.entry ?? []) as Entry[]
  const [observations, notes] = ['match', 'outcome'].map((mode) =>
    entries.filter(({ search }) => search.mode === mode).map(({ resource }) => resource),
  )
  return { observations: observations ?? [], note: notes?.[0]?.issue?.[0]?.diagnostics }
}

/** Reads, and waits for the subscription at Withings, which also uses a token. */
const readFirst = async () => {
  await read()
  const find = () =>
    organization.store.db.selectFrom('withings_account').select('hook').executeTakeFirstOrThrow()
  await expect.poll(async () => (await find()).hook).not.toBeNull()
}

const plan = (on: 'measure.getmeas' | 'oauth2.requesttoken', fault: Fault, times = 1) =>
  organization.standIn.switches.faults.push({ on, fault, times })
const pass = async (time: number) => {
  organization.standIn.clock.now += time
  if (time >= HOUR) tokens = await renewAccess(organization, tokens)
}
const weight = (value: number | bigint, unit: number) => ({ type: 1, value, unit })
const valuesOf = (observations: Record<string, unknown>[]) =>
  observations.map(({ valueQuantity }) => (valueQuantity as { value?: number })?.value)

describe('the readings of Withings', () => {
  it('checklist W5 are fetched every ten minutes at most, and then only new ones', async () => {
    expect((await read()).observations.length).toBe(200)
    organization.standIn.measure(john.userid, { measures: [weight(78_450, -3)] })
    plan('measure.getmeas', { kind: 'http', code: 500 })
    await pass(9 * MINUTE)
    expect(valuesOf((await read()).observations)).not.toContain(78.45)
    organization.standIn.switches.faults = []
    await pass(MINUTE)
    const { observations, note } = await read()
    expect(valuesOf(observations)[0]).toBe(78.45)
    expect(note).toBeUndefined()
  })

  it('checklist W6, W06 an edited group replaces the stored one, and drops the measure that was removed', async () => {
    const { grpid } = organization.standIn.measure(john.userid, {
      measures: [weight(78, 0), { type: 6, value: 225, unit: -1 }],
    })
    await read()
    await pass(10 * MINUTE)
    organization.standIn.measure(john.userid, { grpid, measures: [weight(7_850, -2)] })
    await read()
    const find = (name: string) =>
      readFhir(organization, tokens, `Observation/${tokens.patient}-${grpid}-${name}`)
    expect((await find('weight')).body).toMatchObject({
      meta: { versionId: '2' },
      valueQuantity: { value: 78.5 },
    })
    expect((await find('fat-ratio')).status).toBe(404)
  })

  it('have the code for the mass of fat', async () => {
    const { grpid } = organization.standIn.measure(john.userid, {
      measures: [{ type: 8, value: 17_250, unit: -3 }],
    })
    await read()
    const { body } = await readFhir(organization, tokens, `Observation/${tokens.patient}-${grpid}-fat-mass`)
    expect(body).toMatchObject({ code: { coding: [{ code: '73708-0' }] } })
  })

  it('W06 keep every measured digit', async () => {
    organization.standIn.measure(john.userid, { measures: [weight(78_400, -3)] })
    organization.standIn.measure(john.userid, { measures: [weight(9_007_199_254_740_993n, -14)] })
    await read()
    const text = await (
      await fetch(`${organization.url}/fhir/Observation?code=29463-7&_sort=-date&_count=2`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      })
    ).text()
    expect(text).toContain('"value":78.400,')
    expect(text).toContain('"value":90.07199254740993,')
  })

  it("checklist W6, W06 state what was typed by hand and what may be another person's, and never a goal", async () => {
    organization.standIn.measure(john.userid, { attrib: 2, measures: [weight(71, 0)] })
    organization.standIn.measure(john.userid, { attrib: 1, measures: [weight(72, 0)] })
    organization.standIn.measure(john.userid, { category: 2, measures: [weight(73, 0)] })
    const { observations } = await read('code=29463-7&_sort=-date&_count=10')
    const of = (value: number) =>
      observations.find(({ valueQuantity }) => (valueQuantity as { value: number }).value === value)
    expect(of(71)).toMatchObject({ status: 'final', note: [{ text: 'Typed by hand.' }] })
    expect(of(72)).toMatchObject({
      status: 'preliminary',
      note: [{ text: expect.stringContaining("May be somebody else's") }],
    })
    expect(of(73)).toBeUndefined()
  })

  it('checklist W6, W06 leave out unknown types, and keep a pressure with one value', async () => {
    organization.standIn.switches.wholeGroups = true
    organization.standIn.measure(john.userid, {
      measures: [
        { type: 10, value: 121, unit: 0 },
        { type: 9_999, value: 1, unit: 0 },
      ],
    })
    const { observations } = await read('code=85354-9&_sort=-date&_count=1')
    expect(observations[0]).toMatchObject({
      component: [{ valueQuantity: { value: 121 } }, { dataAbsentReason: { coding: [{ code: 'unknown' }] } }],
    })
  })

  it('W04 arrive completely even if Withings interrupts every fetch', async () => {
    organization.standIn.switches.pageSize = 100
    let note: string | undefined = 'first'
    for (let readings = 0; readings < 12 && note !== undefined; readings++) {
      organization.standIn.switches.faults = []
      plan('measure.getmeas', { kind: 'slow', ms: 1 })
      plan('measure.getmeas', { kind: 'status', status: 601, body: { wait_seconds: 60 } })
      note = (await read()).note
      await pass(61_000)
    }
    organization.standIn.switches.faults = []
    expect(note).toBeUndefined()
    const { body } = await readFhir(organization, tokens, 'Observation?_count=1&_total=accurate')
    expect(Number(body.total)).toBeGreaterThan(300)
  })

  it.each([
    ['the first fetch', false],
    ['a fetch of what is new', true],
  ])(
    'W04 are said to be as of when %s began, if it was broken off and goes on hours later',
    async (_name, isLater) => {
      organization.standIn.switches.pageSize = 7
      if (isLater) {
        await readFirst()
        await pass(HOUR)
        for (let value = 100; value < 120; value++)
          organization.standIn.measure(john.userid, { measures: [weight(value, 0)] })
      }
      const began = new Date(organization.standIn.clock.now).toISOString().slice(0, 16)
      organization.standIn.switches.faults.push({
        ...{ on: 'measure.getmeas', skip: 1 },
        fault: { kind: 'status', status: 601, body: { wait_seconds: 60 } },
      })
      expect((await read()).note).toContain('as often as it allows')
      await pass(12 * HOUR)
      organization.standIn.measure(john.userid, { measures: [weight(191, 0)] })
      await pass(MINUTE)
      const resumed = await read()
      expect(valuesOf(resumed.observations)).not.toContain(191)
      expect(resumed.note).toBe(
        `The readings of Withings are as of ${began}Z. Newer ones are being read; ask again in a moment.`,
      )
      const { observations, note } = await read()
      expect(valuesOf(observations)[0]).toBe(191)
      expect(note).toBeUndefined()
    },
  )

  it('W04 are complete although some are deleted at Withings while a fetch is broken off', async () => {
    organization.standIn.switches.pageSize = 100
    const groups = [201, 202, 203].map((value) =>
      organization.standIn.measure(john.userid, { measures: [weight(value, 0)] }),
    )
    organization.standIn.switches.faults.push({
      ...{ on: 'measure.getmeas', skip: 2 },
      fault: { kind: 'status', status: 601, body: { wait_seconds: 60 } },
    })
    expect((await read()).note).toContain('as often as it allows')
    for (const { grpid } of groups) organization.standIn.remove(john.userid, grpid)
    await pass(2 * MINUTE)
    expect((await read()).note).toBeUndefined()
    const until = new Date(organization.standIn.clock.now).toISOString()
    const total = async () =>
      (await readFhir(organization, tokens, `Observation?date=lt${until}&_count=1&_total=accurate`)).body
        .total
    const before = await total()
    // Everything is read again, in one go.
    organization.standIn.clock.now += 25 * HOUR
    tokens = await signInWithWithings(organization)
    await read()
    // None was missing. What was deleted goes when two such fetches lacked it.
    expect(await total()).toBe(before)
  })

  it('W04 are incomplete if Withings has more and does not say where', async () => {
    await read()
    await pass(10 * MINUTE)
    organization.standIn.measure(john.userid, { measures: [weight(78_450, -3)] })
    await pass(MINUTE)
    const updatetime = Math.floor(organization.standIn.clock.now / 1000)
    plan('measure.getmeas', {
      kind: 'status',
      status: 0,
      body: { updatetime, measuregrps: [], more: 1, offset: 0 },
    })
    expect((await read()).note).toContain('does not answer now')
    await pass(2 * MINUTE)
    const { observations, note } = await read()
    expect(note).toBeUndefined()
    expect(valuesOf(observations)[0]).toBe(78.45)
  })

  it('W05 use half of the requests in a minute, however many pages one person has, and go on afterwards', async () => {
    organization.standIn.switches.pageSize = 3
    const { note } = await read()
    expect(note).toContain('as often as it allows')
    const rows = await organization.store.db
      .selectFrom('rate_limit')
      .select('failures')
      .where('bucket', 'like', 'withings-requests%')
      .execute()
    // One of them was for the sign-in.
    expect(rows.reduce((sum, { failures }) => sum + failures, 0)).toBe(49)
    for (let minutes = 0; minutes < 2; minutes++) {
      await pass(71_000)
      await read()
    }
    expect((await read()).note).toBeUndefined()
    const { body } = await readFhir(organization, tokens, 'Observation?_count=1&_total=accurate')
    expect(Number(body.total)).toBeGreaterThan(300)
  })

  it('W04 come in pages, in whichever way the next page is announced', async () => {
    Object.assign(organization.standIn.switches, { pageSize: 20, more: 'boolean' })
    const { body } = await readFhir(organization, tokens, 'Observation?_count=1&_total=accurate')
    expect(Number(body.total)).toBeGreaterThan(300)
  })
})

describe('the tokens of Withings', () => {
  it('W03 after a lost answer, the old refresh token is sent again', async () => {
    await readFirst()
    await pass(4 * HOUR)
    plan('oauth2.requesttoken', { kind: 'lost' })
    expect((await read()).note).toBeUndefined()
  })

  it('W03 the connection survives when every answer is lost for hours', async () => {
    await readFirst()
    await pass(4 * HOUR)
    for (let hours = 0; hours < 6; hours++) {
      plan('oauth2.requesttoken', { kind: 'lost' }, 2)
      expect((await read()).note).toContain('Withings does not answer now.')
      await pass(HOUR)
    }
    expect((await read()).note).toBeUndefined()
  })

  it('checklist W4, W08 says that the person ended it at Withings, and the stored readings can still be read', async () => {
    await readFirst()
    organization.standIn.unlink(organization.standIn.application.clientId, john.userid)
    await pass(11 * MINUTE)
    const { observations, note } = await read()
    expect(observations.length).toBe(200)
    expect(note).toContain('Sign in with Withings again')
    tokens = await signInWithWithings(organization)
    expect((await read()).note).toBeUndefined()
  })

  it.each([
    [
      'too many requests',
      { kind: 'status', status: 601, body: { wait_seconds: 68 } },
      'as often as it allows',
    ],
    ['HTTP 429', { kind: 'http', code: 429 }, 'as often as it allows'],
    ['a timeout there', { kind: 'status', status: 522 }, 'does not answer now'],
    ['an unknown status', { kind: 'status', status: 9_999 }, 'does not answer now'],
    ['a wrong parameter', { kind: 'status', status: 503 }, 'It has been noted'],
    ['an unknown action', { kind: 'status', status: 2_554 }, 'It has been noted'],
    ['a scope that is missing', { kind: 'status', status: 277 }, 'was not allowed to give'],
    ['HTTP 500', { kind: 'http', code: 500 }, 'does not answer now'],
    ['a page', { kind: 'html' }, 'does not answer now'],
    ['nothing', { kind: 'empty' }, 'does not answer now'],
    ['10 MB', { kind: 'huge' }, 'does not answer now'],
  ] as const)('checklist W4, W04 %s is reported until it is over', async (_name, fault, sentence) => {
    await readFirst()
    await pass(11 * MINUTE)
    plan('measure.getmeas', fault)
    const { observations, note } = await read()
    expect(observations.length).toBe(200)
    expect(note).toContain(sentence)
    expect(note).toContain('The readings of Withings are as of ')
    await pass(2 * MINUTE)
    expect((await read()).note).toBeUndefined()
  })

  it('W04 an expired access token is renewed, and nobody has to sign in again', async () => {
    await readFirst()
    await pass(11 * MINUTE)
    plan('measure.getmeas', { kind: 'status', status: 401 })
    expect((await read()).note).toBeUndefined()
  })

  it('checklist W4, W04 a refused secret is the organization’s mistake, and nobody has to sign in again', async () => {
    await readFirst()
    await pass(4 * HOUR)
    plan('oauth2.requesttoken', {
      kind: 'status',
      status: 503,
      error: 'Invalid Params: invalid client_secret',
    })
    expect((await read()).note).toContain('It has been noted')
    await pass(2 * MINUTE)
    expect((await read()).note).toBeUndefined()
  })

  it('W04 a new access token that is refused as well is a temporary fault', async () => {
    await readFirst()
    await pass(11 * MINUTE)
    plan('measure.getmeas', { kind: 'status', status: 401 }, 2)
    expect((await read()).note).toContain('does not answer now')
    await pass(2 * MINUTE)
    expect((await read()).note).toBeUndefined()
  })
})

describe('a server that stops does not wait for Withings', () => {
  beforeEach(async () => {
    await organization.close()
    organization = await startWithingsOrganization({ patience: 1 })
    tokens = await signInWithWithings(organization)
  })
  const readAt = async () => {
    const query = organization.store.db.selectFrom('withings_account').select(['read_at', 'fault'])
    return query.executeTakeFirstOrThrow()
  }

  it('although it reads a record of many slow pages', async () => {
    organization.standIn.switches.pageSize = 5
    plan('measure.getmeas', { kind: 'slow', ms: 1_000 }, 1_000)
    await read()
    await expect.poll(() => organization.standIn.switches.faults[0]?.times).toBeLessThan(1_000)
    await organization.stop()
    expect(await readAt()).toEqual({ read_at: null, fault: 'away' })
  })

  it('although another process is said to renew its tokens', async () => {
    await pass(4 * HOUR)
    const renewing_until = organization.standIn.clock.now + HOUR
    await organization.store.write((trx) =>
      trx.updateTable('withings_account').set({ renewing_until }).execute(),
    )
    await read()
    await organization.stop()
    expect(await readAt()).toEqual({ read_at: null, fault: 'away' })
  })
})
