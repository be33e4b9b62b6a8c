import { afterEach, beforeEach, expect, test } from 'vitest'
import { startWithingsApi, type WithingsApi } from '../../fixtures/withings-api.ts'

/** JSON for which JavaScript's own conversions throw, or find a text in a list. */
const ODD = [{ toString: 1, valueOf: 1 }, ['7'], [], { length: 1 }, true, null].map((odd) => [odd] as const)
const GROUP = {
  ...{ grpid: 1, attrib: 0, date: 1_693_651_151, modified: 1, category: 1 },
  measures: [{ type: 1, value: 80, unit: 0 }],
}

let answer: object
let api: WithingsApi
beforeEach(async () => {
  api = await startWithingsApi(() => ({ body: JSON.stringify(answer) }))
})
afterEach(() => api.close())

test.each(ODD)('J39 %j is no person, no error and no time to wait', async (odd) => {
  const pair = { access_token: 'a', refresh_token: 'r', expires_in: 60 }
  answer = { status: 0, body: { ...pair, userid: odd } }
  await expect(api.redeem()).rejects.toMatchObject({ fault: 'away' })
  answer = { status: 0, body: { ...pair, userid: 7, expires_in: odd } }
  expect(await api.redeem()).toMatchObject({ userid: '7', expiresIn: 0 })
  answer = { status: 503, error: odd }
  await expect(api.redeem()).rejects.toMatchObject({ code: expect.stringMatching(/^withings-/) })
  answer = { status: 601, body: { wait_seconds: odd } }
  await expect(api.redeem()).rejects.toMatchObject({ fault: 'wait', seconds: 60 })
  answer = { status: 0, body: { nonce: odd } }
  await expect(api.client.getNonce('1')).rejects.toMatchObject({ fault: 'away' })
})

test.each(ODD)('J39 %j is no number of a group, and no attribution', async (odd) => {
  answer = { status: 0, body: { measuregrps: [GROUP, { ...GROUP, grpid: odd }] } }
  expect(await api.getMeasures()).toMatchObject({ groups: [{ grpid: '1' }], hasUnknown: true })
  answer = { status: 0, body: { measuregrps: [{ ...GROUP, attrib: odd }] } }
  expect(await api.getMeasures()).toMatchObject({ groups: [{ attrib: Number.NaN }] })
})

test('J39 the beginning of time is not when Withings answered', async () => {
  answer = { status: 0, body: { measuregrps: [], updatetime: 0 } }
  expect(await api.getMeasures()).not.toHaveProperty('updated')
})

test('J39 an answer with more than 100,000 values is none', async () => {
  const withValues = (count: number) => ({
    status: 0,
    body: { measuregrps: [GROUP], more: 0, rest: new Array(count).fill(1) },
  })
  answer = withValues(99_900)
  expect(await api.getMeasures()).toMatchObject({ groups: [{ grpid: '1' }] })
  answer = withValues(100_001)
  await expect(api.getMeasures()).rejects.toMatchObject({ fault: 'away' })
})
