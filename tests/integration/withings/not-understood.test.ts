import type { TokenEndpointResponse } from 'oauth4webapi'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MeasureGroup } from '../../../server/demo/withings/measures.ts'
import { john } from '../../../server/demo/withings/people.ts'
import { hashPassword } from '../../../server/sign-in/password/password.ts'
import { carekeyAt, signIn } from '../../fixtures/sign-in.ts'
import {
  readFhir,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** John, of whom less was measured. */
const person = { ...john, groups: (asOf: string) => john.groups(asOf).slice(-30) }

let organization: WithingsOrganization
let tokens: TokenEndpointResponse
beforeEach(async () => {
  organization = await startWithingsOrganization({ people: [person] })
  tokens = await signInWithWithings(organization)
})
afterEach(() => organization.close())

const signInClinician = async (): Promise<TokenEndpointResponse> => {
  const { store, url } = organization
  const password_hash = await hashPassword('lee-demo')
  const lee = { id: 'lee', username: 'lee', name: 'Lee', password_hash, patient: null, practitioner: null }
  await store.write((trx) =>
    trx
      .insertInto('account')
      .values({ ...lee, role: 'clinician' })
      .execute(),
  )
  return signIn(url, { username: 'lee', scope: 'user/*.rs', application: carekeyAt(url) })
}
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
  const body = { updatetime, timezone: person.timezone, more: 0, offset: 0, ...page }
  organization.standIn.switches.faults.push({
    on: 'measure.getmeas',
    fault: { kind: 'status', status: 0, body },
  })
}
const listGroups = (): MeasureGroup[] =>
  person.groups(new Date(organization.standIn.clock.now).toISOString().slice(0, 10)).toReversed()

describe('J39 an answer of Withings', () => {
  it.each(['+23:00', '-15:00', 'Nowhere/Else'])(
    'keeps all readings, in UTC, if its time zone is %s, with which FHIR has no date',
    async (timezone) => {
      const before = await read()
      const measuregrps = listGroups()
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
    const measuregrps = listGroups().map((group) => ({
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

describe('J39 readers are told that something is not understood', () => {
  const NOTE =
    'Some are missing or out of date, because Carekey does not understand how Withings writes them.'
  const weigh = (value: number | string, members: object = {}) =>
    organization.standIn.measure(person.userid, {
      measures: [{ type: 1, value: value as number, unit: 0 }],
      ...members,
    })
  const tellsAt = async (time: number) => {
    await pass(time)
    const { values, notes } = await read()
    return { values, isTold: notes.join().includes(NOTE) }
  }

  it('of a new reading, until everything is read again and is understood', async () => {
    await read()
    const odd = weigh(95.5)
    expect(await tellsAt(11 * MINUTE)).toMatchObject({ isTold: true })
    // The next fetch is of what is new, and does not bring it.
    expect(await tellsAt(11 * MINUTE)).toMatchObject({ isTold: true })
    expect(await tellsAt(DAY)).toMatchObject({ isTold: true })
    weigh(96, { grpid: odd.grpid })
    const corrected = await tellsAt(11 * MINUTE)
    expect(corrected.values).toContain(96)
    expect(corrected.isTold).toBe(true)
    expect(await tellsAt(DAY)).toMatchObject({ isTold: false })
  })

  it.each([
    ['two values of one type', [60, 160]],
    ['a value that cannot be', [-75]],
  ])('of a group with %s, and do not see it', async (_what, weights) => {
    organization.standIn.measure(person.userid, {
      measures: weights.map((value) => ({ type: 1, value, unit: 0 })),
    })
    const { values, isTold } = await tellsAt(0)
    for (const value of weights) expect(values).not.toContain(value)
    expect(isTold).toBe(true)
  })

  it('of a reading that was edited there, and whose former value stays', async () => {
    const { grpid } = weigh(180)
    await read()
    weigh('18050e-2', { grpid })
    const { values, isTold } = await tellsAt(11 * MINUTE)
    expect(values).toContain(180)
    expect(isTold).toBe(true)
  })

  it('also after Withings did not answer, and if a fetch was broken off after it', async () => {
    organization.standIn.switches.pageSize = 10
    weigh(95.5)
    organization.standIn.switches.faults.push({
      ...{ on: 'measure.getmeas', skip: 2, fault: { kind: 'http', code: 500 } },
    })
    const { notes } = await read()
    expect(notes.join()).toContain('Withings does not answer now.')
    // Goes on with the second page, and the odd reading is on the first.
    expect(await tellsAt(2 * MINUTE)).toMatchObject({ isTold: true })
    organization.standIn.switches.faults.push({ on: 'measure.getmeas', fault: { kind: 'http', code: 500 } })
    expect(await tellsAt(11 * MINUTE)).toMatchObject({ isTold: true })
    expect(await tellsAt(2 * MINUTE)).toMatchObject({ isTold: true })
  })

  it('if they read many patients', async () => {
    weigh(95.5)
    await read()
    const reader = await signInClinician()
    const { body } = await readFhir(organization, reader, 'Observation?_count=1')
    expect(JSON.stringify(body)).toContain(NOTE)
  })
})
