import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { john } from '../../../server/demo/withings/people.ts'
import { createFeed } from '../../../server/sources/withings/feed.ts'
import type { Tokens } from '../../../server/sources/withings/tokens.ts'
import type { WithingsClient } from '../../../server/sources/withings/withings-client.ts'
import {
  readFhir,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

const MINUTE = 60_000

let organization: WithingsOrganization
let tokens: Awaited<ReturnType<typeof signInWithWithings>>
beforeEach(async () => {
  organization = await startWithingsOrganization()
  tokens = await signInWithWithings(organization)
})
afterEach(() => organization.close())

const read = async () => {
  const { body } = await readFhir(organization, tokens, 'Observation?_count=1&_sort=-date&_total=accurate')
  const entries = body.entry as {
    resource: { issue?: { diagnostics: string }[]; valueQuantity?: { value: number } }
  }[]
  return {
    total: body.total,
    newest: entries?.find(({ resource }) => resource.valueQuantity)?.resource.valueQuantity?.value,
    note: entries?.find(({ resource }) => resource.issue)?.resource.issue?.[0]?.diagnostics,
  }
}

/** Begins to fetch in another process, which is then killed. */
const beginElsewhere = async () => {
  const { store, standIn } = organization
  const { patient } = await store.db.selectFrom('withings_account').selectAll().executeTakeFirstOrThrow()
  const begun = new Promise<void>((resolve) => {
    const use = () => {
      resolve()
      return new Promise(() => {})
    }
    const feed = createFeed({
      ...{ source: { apiUrl: standIn.url }, store, clock: () => standIn.clock.now, patience: 0 },
      ...{ client: {} as WithingsClient, tokens: { requireKeys: async () => {}, use } as unknown as Tokens },
      ...{ subscribe: async () => {}, report: () => {} },
    })
    void feed.open().bringUpToDate(patient)
  })
  await begun
}

describe('readings that another process fetches', () => {
  it('W05 are said to be missing, also after it was killed, until they are there', async () => {
    await beginElsewhere()
    expect(await read()).toMatchObject({
      total: 0,
      note: 'The readings of Withings were never complete here. Newer ones are being read; ask again in a moment.',
    })
    organization.standIn.clock.now += 2 * MINUTE
    const first = await read()
    expect(first.total).toBeGreaterThan(300)
    expect(first.note).toBeUndefined()

    organization.standIn.clock.now += 10 * MINUTE
    organization.standIn.measure(john.userid, { measures: [{ type: 1, value: 191, unit: 0 }] })
    await beginElsewhere()
    const second = await read()
    expect(second.newest).not.toBe(191)
    expect(second.note).toMatch(/^The readings of Withings are as of .*Newer ones are being read/)
    organization.standIn.clock.now += 2 * MINUTE
    expect(await read()).toMatchObject({ newest: 191, note: undefined })
  })
})
