import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFeed } from '../../../server/sources/withings/feed.ts'
import { putMeasures } from '../../../server/sources/withings/put-measures.ts'
import type { Tokens } from '../../../server/sources/withings/tokens.ts'
import type { WithingsClient } from '../../../server/sources/withings/withings-client.ts'
import { WithingsError } from '../../../server/sources/withings/withings-error.ts'
import type { Store } from '../../../server/store/store.ts'
import {
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

const HOUR = 3_600_000

let organization: WithingsOrganization
beforeAll(async () => {
  organization = await startWithingsOrganization()
  await signInWithWithings(organization)
})
afterAll(() => organization.close())

describe('measures of Withings', () => {
  it('W06 are stored, also with a number of 20 digits, except a group with a future date', async () => {
    const { store, standIn } = organization
    const { now } = standIn.clock
    const account = await store.db.selectFrom('withings_account').selectAll().executeTakeFirstOrThrow()
    const group = (grpid: string, date: number, type = 1) => ({
      ...{ grpid, attrib: 0, date: Math.floor(date / 1000), modified: 1 },
      measures: [{ type, value: '91', unit: 0 }],
    })
    const groups = [
      group('12345678901234567890', now, 10),
      group('1', now + 25 * HOUR),
      group('2', now + 23 * HOUR),
      ...Array.from({ length: 300 }, (_, index) => group(String(index + 3), now - index * 1000)),
    ]
    let transactions = 0
    const counting: Store = {
      ...store,
      write: (work) => {
        transactions += 1
        return store.write(work)
      },
    }
    const { ids, reasons } = await putMeasures(
      counting,
      { groups, timezone: 'Europe/Amsterdam' },
      account,
      now,
      1_000,
    )
    // Others have their turn in between.
    expect(transactions).toBe(13)
    expect([...reasons]).toEqual(['a date in the future'])
    const rows = await store.db
      .selectFrom('resource')
      .select('id')
      .where('type', '=', 'Observation')
      .where('json', 'like', '%"value":91,%')
      .execute()
    expect(rows).toHaveLength(302)
    expect(rows.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    expect(ids).not.toContain(`${account.patient}-1-weight`)
  })

  it('J39 keep what was stored of a group that the store now refuses, and say so', async () => {
    const { store, standIn } = organization
    const { now } = standIn.clock
    const account = await store.db.selectFrom('withings_account').selectAll().executeTakeFirstOrThrow()
    const put = (unit: number) => {
      const group = { grpid: '777', attrib: 0, date: Math.floor(now / 1000), modified: 1 }
      const groups = [{ ...group, measures: [{ type: 1, value: '8', unit }] }]
      return putMeasures(store, { groups, timezone: '' }, account, now, 1_000)
    }
    expect(await put(1)).toMatchObject({ hasUnknown: false })
    const { hasUnknown, reasons } = await put(400)
    expect(hasUnknown).toBe(true)
    expect([...reasons]).toEqual(['number-too-large'])
    const { json } = await store.db
      .selectFrom('resource')
      .select('json')
      .where('id', '=', `${account.patient}-777-weight`)
      .executeTakeFirstOrThrow()
    expect(json).toContain('"value":80,')
  })

  it('W08 a fetch that was refused ends no connection that was made meanwhile', async () => {
    const { store, standIn } = organization
    const { patient } = await store.db
      .selectFrom('withings_account')
      .select('patient')
      .executeTakeFirstOrThrow()
    const use = async () => {
      throw new WithingsError('ended', 'The refresh token of before.')
    }
    const feed = createFeed({
      ...{
        source: { apiUrl: standIn.url },
        store,
        clock: () => standIn.clock.now,
        client: {} as WithingsClient,
      },
      ...{
        tokens: { requireKeys: async () => {}, use } as unknown as Tokens,
        subscribe: async () => {},
        report: () => {},
      },
    })
    await feed.open().bringUpToDate(patient)
    const row = await store.db.selectFrom('withings_account').select('fault').executeTakeFirstOrThrow()
    expect(row.fault).toBeNull()
  })
})
