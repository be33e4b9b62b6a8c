import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFeed } from '../../../server/sources/withings/feed.ts'
import type { MeasureGroup } from '../../../server/sources/withings/read-measures.ts'
import type { Tokens } from '../../../server/sources/withings/tokens.ts'
import type { WithingsClient } from '../../../server/sources/withings/withings-client.ts'
import { WithingsError } from '../../../server/sources/withings/withings-error.ts'
import { engines } from '../../fixtures/store.ts'
import {
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

const MINUTE = 60_000
/** This process has the keys. */
const requireKeys = async () => {}
/** In seconds. */
const DAY = 86_400
/** Groups on a page, and pages of one fetch until Withings has to wait. */
const PAGE = 5
const PAGES = 3
const MOST = 50

let organization: WithingsOrganization
let patient: string
afterEach(() => organization.close())

const countReadings = async () =>
  (
    await organization.store.db
      .selectFrom('resource')
      .select('id')
      .where('type', '=', 'Observation')
      .execute()
  ).length

/**
 * Fetches every minute, for long, from a Withings that says on each page that another one follows. Stops when it has too many readings.
 *
 * @param dateOf the date of a page's groups, in seconds. They have the same numbers on two pages in a row.
 * @param restarts whether each fetch is by a process that knows nothing of the one before.
 */
const fetchFor = async (dateOf: (page: number, now: number) => number, { restarts = false } = {}) => {
  const { store, standIn } = organization
  const clock = () => standIn.clock.now
  let requests = 0
  let page = 0
  const getMeasures: WithingsClient['getMeasures'] = async (_access, { offset }) => {
    if (++requests % (PAGES + 1) === 0) throw new WithingsError('wait', 'Too many requests.', 60)
    const groups = Array.from({ length: PAGE }, (_, index): MeasureGroup => {
      const grpid = String(Math.floor(page / 2) * PAGE + index + 1)
      const measures = [{ type: 1, value: '80', unit: 0 }]
      return { grpid, attrib: 0, date: dateOf(page, clock()), modified: page, measures }
    })
    page++
    return { groups, hasUnknown: false, timezone: '', next: offset + PAGE }
  }
  const start = () =>
    createFeed({
      ...{ source: { apiUrl: standIn.url }, store, clock, patience: MINUTE, most: MOST },
      client: { getMeasures } as WithingsClient,
      tokens: { requireKeys, use: (_owner, run) => run({ patient, token: 'token' }) } as Tokens,
      ...{ subscribe: async () => {}, report: () => {} },
    })
  let feed = start()
  for (let minutes = 0; minutes < MOST; minutes++) {
    const state = await feed.open().bringUpToDate(patient)
    if (state?.fault === 'too-many') return 'too many'
    standIn.clock.now += MINUTE
    if (restarts) feed = start()
  }
  return 'no end'
}

describe.each(engines)('J39 a Withings whose readings never end, on %s', (store) => {
  beforeEach(async () => {
    organization = await startWithingsOrganization({ store })
    patient = (await signInWithWithings(organization)).patient as string
  })

  it('fills no disk: of one person, a limited number of readings is kept', async () => {
    const dateOf = (_page: number, now: number) => Math.floor(now / 1000) - 60
    await fetchFor(dateOf, { restarts: true })
    expect(await countReadings()).toBe(MOST)
    expect(await fetchFor(dateOf)).toBe('too many')
    expect(await countReadings()).toBe(MOST)
    const { next_read } = await organization.store.db
      .selectFrom('withings_account')
      .select('next_read')
      .executeTakeFirstOrThrow()
    expect(next_read).toBe(organization.standIn.clock.now + DAY * 1_000)
  })

  it('fills no memory either, if the readings of each page go away with the next', async () => {
    const dateOf = (page: number, now: number) => Math.floor(now / 1000) + (page % 2 ? 10 : -10) * DAY
    expect(await fetchFor(dateOf)).toBe('too many')
    expect(await countReadings()).toBeLessThan(MOST)
  })

  /** A Withings that has this many weights on one page, each with this many measures of unknown types. */
  const startWith = (unknown = 0) => {
    const { store, standIn } = organization
    const clock = () => standIn.clock.now
    const lines: object[] = []
    const there = { count: 2 * MOST, first: 1 }
    const getMeasures: WithingsClient['getMeasures'] = async () => ({
      groups: Array.from({ length: there.count }, (_, index) => ({
        ...{ grpid: String(there.first + index), attrib: 0, modified: 1 },
        date: Math.floor(clock() / 1000) - 60,
        measures: [
          { type: 1, value: '80', unit: 0 },
          ...Array.from({ length: unknown }, (_, more) => ({
            ...{ type: 1_000 + index * unknown + more, value: '1', unit: 0 },
          })),
        ],
      })),
      ...{ hasUnknown: false, timezone: '', updated: Math.floor(clock() / 1000) },
    })
    const feed = createFeed({
      ...{ source: { apiUrl: standIn.url }, store, clock, patience: MINUTE, most: MOST },
      client: { getMeasures } as WithingsClient,
      tokens: { requireKeys, use: (_owner, run) => run({ patient, token: 'token' }) } as Tokens,
      ...{ subscribe: async () => {}, report: (facts) => void lines.push(facts) },
    })
    return { feed, there, lines }
  }

  it('keeps the last edit of a group, if a later page has an older version of it', async () => {
    const { store, standIn } = organization
    const clock = () => standIn.clock.now
    const getMeasures: WithingsClient['getMeasures'] = async (_access, { offset }) => ({
      groups: [
        {
          ...{ grpid: '1', attrib: 0, date: Math.floor(clock() / 1000) - 60, modified: 10 - offset },
          measures: [{ type: 1, value: String(80 - offset), unit: 0 }],
        },
      ],
      ...{ hasUnknown: false, timezone: '', ...(offset === 0 && { next: 1 }) },
    })
    const feed = createFeed({
      ...{ source: { apiUrl: standIn.url }, store, clock, patience: MINUTE },
      client: { getMeasures } as WithingsClient,
      tokens: { requireKeys, use: (_owner, run) => run({ patient, token: 'token' }) } as Tokens,
      ...{ subscribe: async () => {}, report: () => {} },
    })
    await feed.open().bringUpToDate(patient)
    const rows = await store.db
      .selectFrom('resource')
      .select('json')
      .where('type', '=', 'Observation')
      .execute()
    expect(rows.map(({ json }) => JSON.parse(String(json)).valueQuantity.value)).toEqual([80])
  })

  it('stores no page beyond the limit, and what has room once Withings has fewer', async () => {
    const { feed, there } = startWith()
    const nextDay = () => {
      organization.standIn.clock.now += DAY * 1_000
      return feed.open().bringUpToDate(patient)
    }
    expect(await nextDay()).toMatchObject({ fault: 'too-many' })
    expect(await countReadings()).toBe(MOST)
    // Only the last of those that are here, and two that never had room.
    Object.assign(there, { count: 3, first: MOST })
    expect(await nextDay()).toMatchObject({ fault: 'too-many' })
    expect(await nextDay()).toMatchObject({ fault: 'too-many' })
    expect(await countReadings()).toBe(1)
    expect(await nextDay()).not.toHaveProperty('fault')
    expect(await countReadings()).toBe(3)
  })

  it('does not choose how long a line in the log is', async () => {
    const { feed, lines } = startWith(100)
    await feed.open().bringUpToDate(patient)
    expect(lines[0]).toEqual({
      reasons: Array.from({ length: 10 }, (_, index) => `type ${1_000 + index}`),
      others: 2 * MOST * 100 - 10,
    })
  })
})
