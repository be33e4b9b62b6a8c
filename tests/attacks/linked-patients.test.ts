import { beforeAll, describe, expect, test } from 'vitest'
import { reference } from '../fixtures/canary.ts'
import { attack } from './attack.ts'

const target = attack()

/** A patient whose record has a link to pb's. */
const LINKED = 'zoe-777'
const zoe = {
  resourceType: 'Patient',
  id: LINKED,
  active: true,
  name: [{ given: ['Zoe'], family: 'Zebra' }],
  birthDate: '1990-11-17',
  identifier: [{ system: 'urn:mrn', value: 'MRN-ZEBRA-777' }],
  telecom: [{ system: 'phone', value: '555-0177-777' }],
  link: [{ other: reference('Patient/pb'), type: 'seealso' }],
}
const OF_ZOE = /zoe-|[="]zoe|zebra|1990-11-17|555-0177-777/i

beforeAll(async () => {
  await target.server.put([zoe])
})

interface Entry {
  readonly subtype: string
  /** Everything the entry says, in clear text. */
  readonly text: string
}

/** Runs the work and returns the entries that it left, by patient. */
const entriesOf = async (work: () => Promise<unknown>): Promise<Record<string, Entry[]>> => {
  const { last } = await target.server.store.db
    .selectFrom('audit_event')
    .select((eb) => eb.fn.max('seq').as('last'))
    .executeTakeFirstOrThrow()
  await work()
  const rows = await target.server.store.db
    .selectFrom('audit_event')
    .select(['patient', 'subtype', 'json'])
    .where('seq', '>', Number(last ?? 0))
    .orderBy('seq')
    .execute()
  const entries: Record<string, Entry[]> = {}
  for (const { patient, subtype, json } of rows) {
    const entities = (JSON.parse(json).entity ?? []) as { query?: string; what?: { reference?: string } }[]
    const queries = entities.map(({ query, what }) =>
      query === undefined ? (what?.reference ?? '') : Buffer.from(query, 'base64').toString(),
    )
    const entry = { subtype, text: [json, ...queries].join('\n') }
    entries[String(patient)] = [...(entries[String(patient)] ?? []), entry]
  }
  return entries
}

const textOf = (entries: readonly Entry[] = []): string => entries.map(({ text }) => text).join('\n')

describe('F62 a linked patient has an entry that says nothing of the patient who was searched', () => {
  test.each([
    ['identifier=MRN-ZEBRA-777', 'MRN-ZEBRA-777'],
    ['identifier=urn:mrn|MRN-ZEBRA-777&birthdate=1900-01-01', 'MRN-ZEBRA-777'],
    ['birthdate=1990-11-17&family=Zebra', '1990-11-17'],
    ['given=Zoe&family=Zebra&_sort=birthdate', 'Zebra'],
    ['telecom=555-0177-777', '555-0177-777'],
    ['family=Zebra&_total=accurate', 'Zebra'],
    ['family=Zebra&_summary=count', 'Zebra'],
    ['identifier=MRN-ZEBRA-777&_count=0', 'MRN-ZEBRA-777'],
  ])('Patient?%s', async (query, value) => {
    await target.token('TC')
    const entries = await entriesOf(async () => {
      expect((await target.send(`/fhir/Patient?${query}`, { as: 'TC' })).status).toBe(200)
    })
    expect(Object.keys(entries).sort()).toEqual(['pb', LINKED])
    expect(textOf(entries.pb)).not.toMatch(OF_ZOE)
    expect(textOf(entries[LINKED])).toContain(value)
  })
})
