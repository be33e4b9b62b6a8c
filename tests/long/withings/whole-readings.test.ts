import type { TokenEndpointResponse } from 'oauth4webapi'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { john } from '../../../server/demo/withings/people.ts'
import {
  readFhir,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

let organization: WithingsOrganization
let tokens: TokenEndpointResponse
beforeEach(async () => {
  organization = await startWithingsOrganization()
})
afterEach(() => organization.close())

const pass = async (time: number) => {
  organization.standIn.clock.now += time
  if (time >= HOUR) tokens = await signInWithWithings(organization)
}
const weights = async () => {
  const query = 'Observation?code=29463-7&_sort=-date&_count=200'
  const { body } = await readFhir(organization, tokens, query)
  const entries = (body.entry ?? []) as { resource: { valueQuantity?: { value: number } } }[]
  return entries.flatMap(({ resource }) => resource.valueQuantity?.value ?? [])
}
const weigh = (value: number, members: object = {}) =>
  organization.standIn.measure(john.userid, { measures: [{ type: 1, value, unit: 0 }], ...members })
const findRow = () =>
  organization.store.db.selectFrom('withings_account').selectAll().executeTakeFirstOrThrow()

describe('J39 the readings of Withings', () => {
  beforeEach(async () => {
    tokens = await signInWithWithings(organization)
  })

  it('come later if the device’s clock was two days ahead', async () => {
    weigh(191, { date: Math.floor((organization.standIn.clock.now + 2 * DAY) / 1000) })
    expect(await weights()).not.toContain(191)
    await pass(2 * DAY)
    expect(await weights()).toContain(191)
  })

  it('go away when they are edited to a date in the future, and come back when it has come', async () => {
    const { grpid } = weigh(191)
    expect(await weights()).toContain(191)
    await pass(10 * MINUTE)
    weigh(291, { grpid, date: Math.floor((organization.standIn.clock.now + 2 * DAY) / 1000) })
    for (const time of [0, DAY - HOUR]) {
      await pass(time)
      expect(await weights()).not.toContain(191)
      expect(await weights()).not.toContain(291)
    }
    await pass(DAY + HOUR)
    expect(await weights()).toContain(291)
  })

  it('go away when they are deleted there or become a goal, once two fetches of everything agree', async () => {
    const [deleted, goal, kept] = [weigh(191), weigh(192), weigh(193)]
    expect(await weights()).toEqual(expect.arrayContaining([191, 192, 193]))
    const before = (await weights()).length
    organization.standIn.remove(john.userid, deleted.grpid)
    organization.standIn.measure(john.userid, { ...goal, category: 2 })
    await pass(10 * MINUTE)
    expect(await weights()).toContain(191)
    await pass(DAY)
    expect(await weights()).toContain(191)
    await pass(10 * MINUTE)
    const values = await weights()
    expect(values).toContain(193)
    expect(values).not.toContain(191)
    expect(values).not.toContain(192)
    expect(values).toHaveLength(before - 2)
    expect(kept.category).toBe(1)
    // It was settled, so the next one is of what is new.
    expect((await findRow()).whole_at).toBe(organization.standIn.clock.now)
  })

  it('stay as long as Withings writes a group in a way that is not understood', async () => {
    const { grpid } = weigh(191)
    await weights()
    weigh(191, { grpid, date: -5 })
    for (const time of [DAY, 10 * MINUTE, 10 * MINUTE]) {
      await pass(time)
      expect(await weights()).toContain(191)
    }
  })

  it('stay as long as Withings writes a measure in a way that is not understood', async () => {
    const pulse = { type: 11, value: 61, unit: 0 }
    const { grpid } = weigh(191, { measures: [pulse, { type: 1, value: 191, unit: 0 }] })
    await weights()
    weigh(191, { grpid, measures: [pulse, { type: 1, value: 191, unit: 0.5 }] })
    for (const time of [10 * MINUTE, DAY, 10 * MINUTE, 10 * MINUTE]) {
      await pass(time)
      expect(await weights()).toContain(191)
    }
  })

  it('stay, and the answer says that they are not complete, if it is not understood whether there are more', async () => {
    const before = await weights()
    Object.assign(organization.standIn.switches, { pageSize: 7, more: 'text' })
    for (const time of [DAY, 10 * MINUTE, 10 * MINUTE]) {
      await pass(time)
      expect(await weights()).toEqual(before)
      expect(await findRow()).toMatchObject({ fault: 'away' })
    }
  })

  it('stay when one fetch of everything missed them', async () => {
    const group = weigh(191)
    await weights()
    organization.standIn.remove(john.userid, group.grpid)
    await pass(DAY)
    expect(await weights()).toContain(191)
    organization.standIn.measure(john.userid, group)
    for (const time of [10 * MINUTE, DAY, 10 * MINUTE]) {
      await pass(time)
      expect(await weights()).toContain(191)
    }
  })
})

it('J39 a reading is not missed because Withings’ clock was in 2096', async () => {
  organization.standIn.switches.clockAhead = 70 * 365 * DAY
  tokens = await signInWithWithings(organization)
  await weights()
  organization.standIn.switches.clockAhead = 0
  expect((await findRow()).since).toBeLessThanOrEqual(organization.standIn.clock.now / 1000)
  await pass(10 * MINUTE)
  weigh(191)
  expect(await weights()).toContain(191)
})

describe('J39 a subscription of which Withings refuses a half', () => {
  const refuse = (times: number) => {
    organization.standIn.switches.faults = [
      { on: 'notify.subscribe', skip: 1, times, fault: { kind: 'status', status: 293 } },
    ]
  }

  it('is taken back, and asked for once more', async () => {
    refuse(1)
    tokens = await signInWithWithings(organization)
    await weights()
    await expect.poll(() => organization.standIn.switches.faults).toEqual([])
    await expect.poll(() => organization.standIn.subscriptions()).toEqual([])
    expect((await findRow()).hook).toBeNull()
    await pass(10 * MINUTE)
    await weights()
    await expect.poll(async () => (await findRow()).hook).not.toBeNull()
    expect(organization.standIn.subscriptions().map(({ appli }) => appli)).toEqual([1, 4])
  })

  it('is not asked for again after a second refusal', async () => {
    refuse(1)
    tokens = await signInWithWithings(organization)
    await weights()
    await expect.poll(() => organization.standIn.switches.faults).toEqual([])
    refuse(1)
    await pass(10 * MINUTE)
    await weights()
    await expect.poll(() => organization.standIn.switches.faults).toEqual([])
    refuse(1)
    for (let fetches = 0; fetches < 3; fetches++) {
      await pass(10 * MINUTE)
      await weights()
      expect((await findRow()).read_at).toBe(organization.standIn.clock.now)
    }
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(organization.standIn.switches.faults).toMatchObject([{ skip: 1 }])
    expect(organization.standIn.subscriptions()).toEqual([])
  })
})
