import type { TokenEndpointResponse } from 'oauth4webapi'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createApp } from '../../../server/app.ts'
import { john } from '../../../server/demo/withings/people.ts'
import {
  readFhir,
  renewAccess,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const WEIGHTS = 'Observation?code=29463-7&_sort=-date&_count=200'

let organization: WithingsOrganization
let tokens: TokenEndpointResponse
beforeEach(async () => {
  organization = await startWithingsOrganization()
  tokens = await signInWithWithings(organization, { window: 'open' })
})
afterEach(() => organization.close())

interface Searchset {
  readonly entry?: readonly {
    readonly resource: { valueQuantity?: { value: number }; issue?: { diagnostics: string }[] }
  }[]
}
const answerOf = ({ entry = [] }: Searchset) => ({
  values: entry.flatMap(({ resource }) => resource.valueQuantity?.value ?? []),
  notes: entry.flatMap(({ resource }) => resource.issue?.map(({ diagnostics }) => diagnostics) ?? []),
})
const read = async () => answerOf((await readFhir(organization, tokens, WEIGHTS)).body)
const weigh = (value: number, members: object = {}) =>
  organization.standIn.measure(john.userid, { measures: [{ type: 1, value, unit: 0 }], ...members })

/** Another server on the same database, at the same address. */
const serveAgain = async (acceptClock = false) => {
  const { config, store, database, standIn } = organization
  const now = () => standIn.clock.now
  return createApp({
    ...{ config, store, clock: now, elapsed: now, databaseTime: async () => undefined, patience: 60_000 },
    ...{ keyFile: database.keyFile, logKey: { file: database.logKey }, acceptClock },
  })
}
const pass = async (time: number) => {
  organization.standIn.clock.now += time
  tokens = await renewAccess(organization, tokens)
}

it('J39 readings come, and go, as before once a clock that was a month ahead is right again', async () => {
  const { standIn, config } = organization
  const first = weigh(191)
  const right = standIn.clock.now
  await pass(30 * DAY)
  const second = weigh(192, { date: Math.floor(right / 1000) })
  expect((await read()).values).toEqual(expect.arrayContaining([191, 192]))
  await organization.stop()
  standIn.clock.now = right + MINUTE
  const app = await serveAgain(true)
  await app.listen({ host: config.host, port: config.port })
  try {
    await pass(MINUTE)
    weigh(193)
    const { values, notes } = await read()
    expect(values).toEqual(expect.arrayContaining([191, 192, 193]))
    expect(notes).toEqual([])
    for (const { grpid } of [first, second]) standIn.remove(john.userid, grpid)
    await pass(DAY)
    await read()
    await pass(10 * MINUTE)
    const after = (await read()).values
    expect(after).toContain(193)
    expect(after).not.toContain(191)
    expect(after).not.toContain(192)
  } finally {
    await app.close()
  }
})

it('J39 a reading that another server has found again stays until two fetches in a row lack it', async () => {
  const group = weigh(191)
  await read()
  organization.standIn.remove(john.userid, group.grpid)
  await pass(DAY)
  expect((await read()).values).toContain(191)
  organization.standIn.measure(john.userid, group)
  await pass(10 * MINUTE)
  const other = await serveAgain()
  const headers = { authorization: `Bearer ${tokens.access_token}` }
  const found = await other.inject({ url: `/fhir/${WEIGHTS}`, headers })
  expect(answerOf(found.json()).values).toContain(191)
  await other.close()
  organization.standIn.remove(john.userid, group.grpid)
  await pass(DAY)
  expect((await read()).values).toContain(191)
  await pass(10 * MINUTE)
  expect((await read()).values).not.toContain(191)
})
