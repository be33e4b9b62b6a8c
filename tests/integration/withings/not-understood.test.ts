import type { TokenEndpointResponse } from 'oauth4webapi'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MeasureGroup } from '../../../server/demo/withings/measures.ts'
import { john } from '../../../server/demo/withings/people.ts'
import {
  readFhir,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

let organization: WithingsOrganization
let tokens: TokenEndpointResponse
beforeEach(async () => {
  organization = await startWithingsOrganization()
  tokens = await signInWithWithings(organization)
})
afterEach(() => organization.close())

const pass = async (time: number) => {
  organization.standIn.clock.now += time
  tokens = await signInWithWithings(organization)
}
interface Found {
  readonly resource: {
    readonly issue?: readonly { readonly diagnostics: string }[]
    readonly effectiveDateTime?: string
    readonly valueQuantity?: { readonly value: number }
  }
}
const read = async (query = 'Observation?code=29463-7&_sort=-date&_count=200') => {
  const { body } = await readFhir(organization, tokens, query)
  const found = ((body.entry ?? []) as Found[]).map(({ resource }) => resource)
  return {
    total: body.total,
    observations: found.filter(({ issue }) => !issue),
    values: found.flatMap(({ valueQuantity }) => valueQuantity?.value ?? []),
    notes: found.flatMap(({ issue = [] }) => issue.map(({ diagnostics }) => diagnostics)),
  }
}
/** The next page of measures is this one. */
const answer = (page: object) => {
  const updatetime = Math.floor(organization.standIn.clock.now / 1000)
  const body = { updatetime, timezone: john.timezone, more: 0, offset: 0, ...page }
  organization.standIn.switches.faults.push({
    on: 'measure.getmeas',
    fault: { kind: 'status', status: 0, body },
  })
}
const johnsGroups = (): MeasureGroup[] =>
  john.groups(new Date(organization.standIn.clock.now).toISOString().slice(0, 10)).toReversed()

describe('J39 an answer of Withings', () => {
  it.each(['+23:00', '-15:00', 'Nowhere/Else'])(
    'keeps all readings, in UTC, if its time zone is %s, with which FHIR has no date',
    async (timezone) => {
      const before = await read()
      const measuregrps = johnsGroups()
      await pass(DAY)
      answer({ timezone, measuregrps })
      const { total, observations, notes } = await read()
      expect(total).toBe(before.total)
      expect(observations[0]?.effectiveDateTime).toMatch(/Z$/)
      expect(notes).toEqual([])
    },
  )

  it('deletes nothing, twice in a row, if it says that more follows after what it has not given', async () => {
    const before = await read()
    for (const time of [DAY, 11 * MINUTE, 11 * MINUTE]) {
      await pass(time)
      answer({ measuregrps: [], more: 1, offset: 1_000_000 })
      expect((await read()).total).toBe(before.total)
    }
  })

  it('deletes nothing by groups without a type that was asked for', async () => {
    const before = await read()
    const measuregrps = johnsGroups().map((group) => ({
      ...group,
      measures: group.measures.map((measure) => ({ ...measure, type: measure.type + 1_000 })),
    }))
    for (const time of [DAY, 11 * MINUTE]) {
      await pass(time)
      answer({ measuregrps })
      expect((await read()).total).toBe(before.total)
    }
  })
})
