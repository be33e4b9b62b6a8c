import { beforeAll, describe, expect, inject, test } from 'vitest'
import { putClient } from '../../server/oauth/clients/clients.ts'
import { reference } from '../fixtures/canary.ts'
import { createUserAgent, type UserAgent } from '../fixtures/user-agent.ts'
import { attack } from './attack.ts'
import { ask, decide, logIn } from './authorization-request.ts'
import { launchedClient } from './people.ts'

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
const visit = {
  resourceType: 'Encounter',
  id: 'zoe-visit-777',
  status: 'finished',
  class: { code: 'AMB' },
  subject: reference(`Patient/${LINKED}`),
}
const OF_ZOE = /zoe-|[="]zoe|zebra|1990-11-17|555-0177-777/i

beforeAll(async () => {
  await target.server.put([zoe, visit])
  await target.server.store.write((trx) => putClient(trx, launchedClient))
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
    // If nothing matched, another server is not asked for the links of the patient who has the number.
    const isUnasked = inject('gateway') && query.includes('1900-01-01')
    expect(Object.keys(entries).sort()).toEqual(isUnasked ? [LINKED] : ['pb', LINKED])
    expect(textOf(entries.pb)).not.toMatch(OF_ZOE)
    expect(textOf(entries[LINKED])).toContain(value)
  })
})

describe("F62 on the organization's own pages, a linked patient's entry names nobody else", () => {
  const atEhr = async (): Promise<UserAgent> => {
    const agent = createUserAgent(target.server.url, target.fetch)
    await agent.submit(await agent.open('/login?next=/ehr'), { username: 'lee', password: 'lee-demo' })
    return agent
  }

  test("in the record system: a search and a patient's page", async () => {
    const agent = await atEhr()
    const entries = await entriesOf(async () => {
      await agent.submit(await agent.open('/ehr'), { family: 'Zebra', given: 'Zoe' })
      const page = await agent.open(`/ehr/patient/${LINKED}`)
      expect(page.html).toContain('Zebra')
      await agent.open(`/ehr/patient/${LINKED}?encounter=${visit.id}`)
      await agent.open(`/ehr/patient/${LINKED}?encounter=nothing`)
    })
    expect(entries.pb?.map(({ subtype }) => subtype)).toEqual(['search', 'read', 'read', 'read'])
    expect(textOf(entries.pb)).not.toMatch(OF_ZOE)
    expect(textOf(entries[LINKED])).toContain(`Patient/${LINKED}`)
    expect(textOf(entries[LINKED])).toContain(`Encounter?patient=${LINKED}`)
    expect(textOf(entries[LINKED])).toContain('family=Zebra')
  })

  test('a launch is in the log of the launched patient only', async () => {
    const agent = await atEhr()
    const page = await agent.open(`/ehr/patient/${LINKED}`)
    const entries = await entriesOf(async () => {
      const launched = await agent.submit(page, { client_id: 'launched' })
      expect(launched.url.origin).toBe('https://launched.example')
    })
    expect(entries[LINKED]?.map(({ subtype }) => subtype)).toEqual(['authorize'])
    expect(entries.pb?.map(({ subtype }) => subtype)).toEqual(['read'])
    expect(textOf(entries.pb)).not.toMatch(OF_ZOE)
    expect(textOf(entries.pb)).not.toMatch(/launched/i)
  })

  test('picking a patient, consent with its counts, and an allowance of nothing', async () => {
    const opened = await logIn(
      await ask(target, { scope: 'openid launch/patient patient/Condition.rs' }),
      'lee',
    )
    const entries = await entriesOf(async () => {
      const found = await opened.agent.submit(opened.page, { decision: 'search', family: 'Zebra' })
      const consent = await opened.agent.submit(found, { decision: 'pick', patient: LINKED })
      expect(consent.html).toContain('Zebra')
      const again = await opened.agent.submit(consent, { decision: 'allow', allow: '' })
      expect(again.html).toContain('Zebra')
      await decide({ ...opened, page: again }, 'deny')
    })
    expect(entries[LINKED]?.map(({ subtype }) => subtype)).toContain('consent')
    expect(entries.pb?.map(({ subtype }) => subtype)).toEqual(['search', 'read', 'read', 'read'])
    expect(textOf(entries.pb)).not.toMatch(OF_ZOE)
    expect(textOf(entries[LINKED])).toContain(`Condition?patient=${LINKED}&_summary=count`)
  })
})

describe('F62 a list of numbers hides nobody whom one of them names', () => {
  const WARD = '01-4000'
  const CROWD = Array.from({ length: 101 }, (_, at) => `ward-${at}`)
  beforeAll(() =>
    target.server.put(
      CROWD.map((id) => ({
        ...{ resourceType: 'Patient', id, gender: 'male', birthDate: '1950-01-01' },
        telecom: [{ system: 'phone', value: WARD }],
      })),
    ),
  )
  const search = (telecom: string) =>
    target.send(`/fhir/Patient?telecom=${telecom}&birthdate=lt1970-01-01`, { as: 'TC' })

  test('one number names its patient, also if the rest of the search does not match', async () => {
    const entries = await entriesOf(() => search('555-0177-777'))
    expect(Object.keys(entries)).toContain(LINKED)
  })

  test('with a number that more than 100 patients have, it is refused', async () => {
    expect((await search(`555-0177-777,${WARD}`)).status).toBe(403)
    expect((await search(WARD)).status, 'which alone identifies nobody').toBe(200)
  })
})
