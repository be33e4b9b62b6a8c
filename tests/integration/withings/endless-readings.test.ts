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
    return { groups, hasUnknown: false, next: offset + PAGE }
  }
  const start = () =>
    createFeed({
      ...{ source: { apiUrl: standIn.url }, store, clock, patience: MINUTE, most: MOST },
      client: { getMeasures } as WithingsClient,
      tokens: { use: (_owner, run) => run({ patient, token: 'token' }) } as Tokens,
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
    expect(await fetchFor(dateOf, { restarts: true })).toBe('too many')
    expect(await countReadings()).toBe(MOST)
    const { next_read } = await organization.store.db
      .selectFrom('withings_account')
      .select('next_read')
      .executeTakeFirstOrThrow()
    expect(next_read).toBe(organization.standIn.clock.now + 60 * MINUTE)
  })

  it('fills no memory either, if the readings of each page go away with the next', async () => {
    const dateOf = (page: number, now: number) => Math.floor(now / 1000) + (page % 2 ? 10 : -10) * DAY
    expect(await fetchFor(dateOf)).toBe('too many')
    expect(await countReadings()).toBeLessThan(MOST)
  })
})
