import { beforeAll, describe, expect, inject, test } from 'vitest'
import { erasePerson } from '../../server/audit/erase/erase.ts'
import { findPerson } from '../../server/cli/admin/erase-command.ts'
import { CANARY_A, CANARY_B, reference } from '../fixtures/canary.ts'
import { readLogKey } from '../fixtures/read-log-key.ts'
import { expectUnaskedTotal } from './answers.ts'
import { type Answer, attack } from './attack.ts'
import type { Holder } from './people.ts'

const anna = attack()

/** More patients than are counted at once, and a Group with more than one answer may concern. */
const crowd = [
  ...Array.from({ length: 130 }, (_, at) => ({
    resourceType: 'Patient',
    id: `c-${at}`,
    gender: 'other',
    birthDate: '1950-01-01',
    identifier: [{ system: 'urn:shared', value: 'same-for-all' }],
  })),
  {
    resourceType: 'Provenance',
    id: 'p-origin',
    target: [reference('Observation/a-obs1')],
    recorded: '2025-03-01T10:00:00Z',
  },
  {
    resourceType: 'Group',
    id: 'g-crowd',
    member: Array.from({ length: 1_300 }, (_, at) => ({ entity: reference(`Patient/c-${at}`) })),
  },
]
beforeAll(() => anna.server.put(crowd))

const isElsewhere = inject('gateway')
/** In front of another server, nothing is counted unless the request asks for a total, so the count concerns nobody else. */
const hasCounted = !isElsewhere

const ask = (path: string, as: Holder = 'TC', init: RequestInit = {}) =>
  anna.send(`/fhir/${path}`, { as, ...init })

const entriesOf = async ({ headers }: Pick<Answer, 'headers'>) => {
  const rows = await anna.server.store.db
    .selectFrom('audit_event')
    .select(['patient', 'outcome', 'json'])
    .where('request_id', '=', headers.get('x-request-id') ?? '')
    .orderBy('seq')
    .execute()
  return rows.map((row) => ({ ...row, query: queryOf(row.json), entity: entityOf(row.json) }))
}

const patientsOf = async (answer: Answer): Promise<(string | null)[]> =>
  (await entriesOf(answer)).map(({ patient }) => patient).sort()

const entitiesOf = (
  json: string,
): { query?: string; role?: { code: string }; what?: { reference: string } }[] => JSON.parse(json).entity

const queryOf = (json: string): string | undefined => {
  const request = entitiesOf(json).find(({ query }) => query !== undefined)?.query
  return request === undefined ? undefined : Buffer.from(request, 'base64').toString()
}

const entityOf = (json: string): string | undefined =>
  entitiesOf(json).find(({ role }) => role?.code === '4')?.what?.reference

describe('F62 every patient whose data an answer depended on gets an entry, even if none of the data are shown', () => {
  test.each<[string, string[]]>([
    ['Coverage/a-cov', ['pa', 'pb']],
    ['Coverage', ['pa', 'pb']],
    ['Coverage?_elements=status&_count=1', ['pa', 'pb']],
    ['Coverage?_summary=count', ['pa', 'pb']],
    ['Coverage?_count=0&subscriber=Patient/pb', ['pa', 'pb']],
    ['Coverage?_summary=count&status=cancelled', ['pa']],
    ['Patient?_id=pa&_revinclude=Coverage:beneficiary', ['pa', 'pb']],
    ['Patient/pa/$everything', ['pa', 'pb']],
    ['Observation', ['pa']],
  ])(
    'within one compartment, another patient whom a resource concerns as well: %s: %j',
    async (path, patients) => {
      const answer = await ask(path, 'TA')
      expect(answer.status, answer.text).toBe(200)
      expect(await patientsOf(answer)).toEqual(patients)
      const others = (await entriesOf(answer)).filter(({ patient }) => patient === 'pb')
      for (const { entity, query = '' } of others) {
        expect(query).not.toContain('pa')
        if (path === 'Coverage/a-cov') expect(entity).toBe(path)
      }
    },
  )

  test.each<[string, (string | null)[]]>([
    // Counted.
    [`Patient?family=${CANARY_B}&_summary=count`, ['pb']],
    [`Patient?family=${CANARY_B}&birthdate=lt1990&_count=0`, ['pb']],
    ['Observation?code=only-b&_summary=count', ['pb']],
    ['Observation?_count=0', ['pa', 'pb']],
    ['Group?_summary=count&_id=g1', ['pa', 'pb']],
    // Revealed by the total, or by the link to another page, but not on the page.
    ['Observation?code=29463-7&_count=1', hasCounted ? ['pa', 'pb'] : ['pa']],
    ['Observation?code=29463-7&_count=2&_total=none', ['pa', 'pb']],
    ['Observation?code=29463-7&_count=1&_total=accurate', ['pa', 'pb']],
    ['Observation?patient=pa&_count=1', ['pa']],
    // Named, but not found.
    ['Patient?_id=pb&birthdate=1900-01-01&_summary=count', ['pb']],
    ['Patient?_id=pb&birthdate=1900-01-01', ['pb']],
    [`Patient?identifier=${CANARY_B}-1&birthdate=1900-01-01`, ['pb']],
    [`Patient?identifier=urn:mrn|${CANARY_B}-1,nobodys&birthdate=1900-01-01&_count=0`, ['pb']],
    ['Observation?patient=pb&code=none', ['pb']],
    ['Observation?_id=b-obs1&code=none&_count=0', ['pb']],
    ['Observation?encounter=a-enc&code=none', ['pa']],
    ['Observation?encounter=Encounter/a-enc&code=none&_summary=count', ['pa']],
    ['DiagnosticReport?result=Observation/b-obs1&status=none', ['pb']],
    ['Observation?device=b-dev&code=none', ['pb']],
    ['Group?member=pb&type=none', ['pb']],
    ['Group?member=Patient/pb&type=none', ['pb']],
    ['Group?_id=g1&type=none', ['pa', 'pb']],
    ['Observation?subject=Group/g1&code=none', ['pa', 'pb']],
    ['Provenance?agent=pb', ['pb']],
    ['Provenance?agent=Patient/pb', ['pb']],
    ['Provenance?target=b-obs1&recorded=1900', ['pb']],
    ['Condition?asserter=pb', ['pb']],
    ['AllergyIntolerance?recorder=pb', ['pb']],
    ['Observation?performer:Patient=pb&code=none', ['pb']],
    // A practitioner is not a patient, and an attribute that nobody has names nobody.
    ['Observation?performer=Practitioner/pr1&code=none', [null]],
    ['Condition?asserter=pr1', [null]],
    ['Patient?family=Nobody&_summary=count', [null]],
    // Shown in resources that are not about anybody in particular.
    ['Group/g1', ['pa', 'pb']],
    ['Group?member=pa', ['pa', 'pb']],
    ['Provenance/p-origin', ['pa']],
    ['Provenance?_id=p-origin', ['pa']],
  ])('%s: %j', async (search, patients) => {
    const answer = await ask(search)
    expect(answer.status, answer.text).toBe(200)
    expect(await patientsOf(answer)).toEqual(patients)
    if (search.includes('/')) return
    const [path, form = ''] = search.split('?')
    const postAnswer = await ask(`${path}/_search`, 'TC', { method: 'POST', body: new URLSearchParams(form) })
    expect(await patientsOf(postAnswer)).toEqual(patients)
    const body = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: search } }],
    }
    const batch = await ask('', 'TC', {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(body),
    })
    expect(await patientsOf(batch)).toEqual(patients)
  })

  test('a birth date cannot be narrowed down by counting without an entry for each count that reveals something', async () => {
    let [from, to] = [Date.UTC(1900), Date.UTC(2020)]
    let count = 0
    while (to - from > 86_400_000) {
      const middle = from + Math.floor((to - from) / 2)
      const day = new Date(middle).toISOString().slice(0, 10)
      const answer = await ask(`Patient?family=${CANARY_B}&birthdate=lt${day}&_summary=count`)
      expect(await patientsOf(answer)).toEqual(answer.json.total === 1 ? ['pb'] : [null])
      if (answer.json.total === 1) to = middle
      else from = middle
      count += answer.json.total
    }
    expect(count).toBeGreaterThan(3)
    expect(new Date(to).toISOString().slice(0, 10)).toBe('1980-01-16')
  })

  test.each([
    'Patient?gender=other&_summary=count',
    'Patient?gender=other&_count=0',
    'Patient?gender=other&_total=accurate',
  ])(
    '%s: more than 100 are not counted, and the patients beyond get an entry of the refusal',
    async (search) => {
      const answer = await ask(search)
      expect(answer.status).toBe(403)
      expect(answer.json.issue[0]).toMatchObject({ code: 'too-costly' })
      expect(answer.json.issue[0].diagnostics).toContain('Narrow the search')
      expect(answer.text).not.toMatch(/c-\d/)
      const entries = await entriesOf(answer)
      // A page that was read before the count became too large; it concerns as many as the page of the next test.
      expect(entries.length).toBeGreaterThanOrEqual(101)
      expect(entries.length).toBeLessThanOrEqual(101 + (hasCounted ? 22 : 21))
      expect(entries.every(({ patient, outcome }) => patient?.startsWith('c-') && outcome === '4')).toBe(true)
    },
  )

  test('a page of a search that matches many patients has no total, and gives an entry to those on it and to the two whose existence it reveals', async () => {
    const answer = await ask('Patient?gender=other')
    expect(answer.json).not.toHaveProperty('total')
    expect(answer.json.entry).toHaveLength(20)
    expect(await patientsOf(answer)).toHaveLength(hasCounted ? 22 : 21)
    const exact = await ask('Patient?gender=other&_count=129')
    expectUnaskedTotal(exact, 130)
    expect(await patientsOf(exact)).toHaveLength(130)
  })

  test('an identifier that very many patients share names none of them', async () => {
    const answer = await ask('Patient?identifier=same-for-all&birthdate=1900')
    expect(await patientsOf(answer)).toEqual([null])
  })

  test.each([
    'Group/g-crowd',
    'Group?_id=g-crowd',
    'Observation?subject=Group/g-crowd',
    'Group?member=c-1,pa',
  ])('%s: an answer about more than 600 patients is refused', async (path) => {
    const answer = await ask(path)
    expect(answer.status).toBe(403)
    expect(answer.json.issue[0].code).toBe('too-costly')
    expect(await patientsOf(answer)).toHaveLength(601)
  })

  test("a patient's own searches give entries to no other patient, whoever is named in them", async () => {
    for (const search of [
      'Patient?_id=pb',
      'Observation?patient=pb&_count=0',
      'Observation?performer=pb',
      'Group?member=pb',
    ])
      expect(await patientsOf(await ask(search, 'TA'))).toEqual(['pa'])
  })
})

describe('F31 an entry about a patient contains only the parts of the request that concern them', () => {
  const entriesAfter = async (answer: Answer) =>
    Object.fromEntries((await entriesOf(answer)).map(({ patient, query }) => [patient, query]))

  test.each<[string, Record<string, string>]>([
    [
      'Observation?patient=pa,pb&category=vital-signs&_sort=-date',
      {
        pa: 'Observation?patient=pa&category=vital-signs&_sort=-date',
        pb: 'Observation?patient=pb&category=vital-signs&_sort=-date',
      },
    ],
    ['Patient?_id=pa,pb', { pa: 'Patient?_id=pa', pb: 'Patient?_id=pb' }],
    // An id that is nobody's gets no entry; of another server's patients, any id may be one.
    [
      'Observation?patient=pb,nobody',
      { pb: 'Observation?patient=pb', ...(isElsewhere && { nobody: 'Observation?patient=nobody' }) },
    ],
    ['Patient?_id=Patient/pb,pb%20', { null: 'Patient?_id=' }],
    ['RelatedPerson?name=Nobody&identifier=1', { null: 'RelatedPerson?name=&identifier=' }],
    ['Patient?_id=pb&birthdate=lt2100', { pb: 'Patient?_id=pb&birthdate=' }],
    ['Observation?_id=a-obs1,b-obs1', { pa: 'Observation?_id=a-obs1', pb: 'Observation?_id=b-obs1' }],
    [
      `Patient?identifier=${CANARY_A}-1,${CANARY_B}-1`,
      { pa: 'Patient?identifier=', pb: 'Patient?identifier=' },
    ],
    [`Patient?name=${CANARY_A},${CANARY_B}`, { pa: 'Patient?name=', pb: 'Patient?name=' }],
    [`Patient?family=${CANARY_B}`, { pb: `Patient?family=${CANARY_B}` }],
    [`Patient?_id=pb&family=${CANARY_A}`, { pb: 'Patient?_id=pb&family=' }],
    [
      `Patient?identifier=${CANARY_B}-1&name:exact=Somebody Else&birthdate=1900-01-01`,
      { pb: `Patient?identifier=${CANARY_B}-1&name:exact=&birthdate=` },
    ],
    [`Patient?name=${CANARY_B}&birthdate=1900-01-01`, { null: 'Patient?name=&birthdate=' }],
    [
      'Observation?patient=pb&performer=Practitioner/pr1',
      { pb: 'Observation?patient=pb&performer=Practitioner/pr1' },
    ],
    ['Group?member=pa', { pa: 'Group?member=pa', pb: 'Group?member=' }],
    [`Patient?name=${CANARY_B}&unknown=x`, { null: 'Patient?name=' }],
    [`Patient?name=${CANARY_B}&_has:Observation:subject:code=x`, { null: 'Patient?name=' }],
    ['Patient/pb/Observation?code=x', { null: 'Patient/[id]/Observation' }],
  ])('%s', async (search, queries) => {
    expect(await entriesAfter(await ask(search))).toEqual(queries)
    if (search.includes('/pb/')) return
    const [path = '', form = ''] = search.split('?')
    if (form.includes('unknown') || form.includes('_has')) return
    const postAnswer = await ask(`${path}/_search`, 'TC', { method: 'POST', body: new URLSearchParams(form) })
    const inBody = Object.entries(queries).map(([patient, query]) => [
      patient,
      query.replace('?', '/_search?'),
    ])
    expect(await entriesAfter(postAnswer)).toEqual(Object.fromEntries(inBody))
  })

  test('a further page is logged with the search it belongs to', async () => {
    const { json } = await ask('Observation?patient=pa,pb&_count=3')
    const next = await ask(json.link[1].url.split('/fhir/')[1])
    expect(await entriesAfter(next)).toEqual({
      pa: 'Observation?patient=pa&_count=3&_page=',
      pb: 'Observation?patient=pb&_count=3&_page=',
    })
  })

  test('if $everything includes a resource of another patient, that patient is not told whose record was read', async () => {
    const answer = await ask('Patient/pa/$everything?_count=50')
    expect(await entriesAfter(answer)).toEqual({
      pa: 'Patient/pa/$everything?_count=50',
      pb: 'Patient/[id]/$everything?_count=50',
    })
  })

  test('a name in the place of an operation, or of anything else in a path, is in no entry', async () => {
    for (const path of ['Patient/pa/$zzcanary-b', '$zzcanary-b', 'Zzcanary-b/x', 'Patient/pa/_zzcanary-b'])
      for (const { json } of await entriesOf(await ask(path)))
        expect(`${json}${queryOf(json) ?? ''}`, path).not.toMatch(/zzcanary/i)
  })

  test("a resource that names a patient, but belongs to another patient's record, is not mentioned in the named patient's entry", async () => {
    await anna.server.put([
      {
        resourceType: 'Patient',
        id: 'b-twin',
        link: [{ other: reference('Patient/pa'), type: 'seealso' }],
      },
    ])
    const entries = await entriesOf(await ask('Patient/b-twin'))
    expect(Object.fromEntries(entries.map(({ patient, entity }) => [patient, entity]))).toEqual({
      'b-twin': 'Patient/b-twin',
      pa: undefined,
    })
  })

  test("the AuditEvents that a patient reads follow the same rule, and after an erasure nothing is left in other patients' entries", async () => {
    await ask('Observation?patient=pa,pb')
    await ask(`Patient?name=${CANARY_A},${CANARY_B}`)
    await ask(`Patient?name=${CANARY_B}&birthdate=1900-01-01`)
    const textOf = (json: string) => `${json}${queryOf(json) ?? ''}`
    const own = await ask('AuditEvent?_count=200', 'TA')
    for (const { resource } of own.json.entry)
      expect(textOf(JSON.stringify(resource))).not.toMatch(/ZZCANARYB|Patient\/pb|\bb-|=pb\b|,pb\b/)

    const config = {
      publicUrl: anna.server.url,
      host: '127.0.0.1',
      port: 0,
      source: { kind: 'embedded' as const },
      organization: { name: 'Riverside Clinic', about: '', color: '#000000' },
    }
    const key = await readLogKey(anna.server.logKey)
    const person = await findPerson(anna.server.store.db, 'pb')
    await erasePerson(anna.server.store, person, { clock: Date.now, config, key })
    const rows = await anna.server.store.db.selectFrom('audit_event').select(['patient', 'json']).execute()
    expect(rows.length).toBeGreaterThan(50)
    // About the erased patient, only the fact of the erasure is left.
    for (const { patient, json } of rows)
      if (patient !== 'pb') expect(textOf(json)).not.toMatch(/ZZCANARYB|Patient\/pb|=pb\b|,pb\b/)
  })
})

describe('F62 reading the log is itself logged for the patient it was read about', () => {
  const anEntryOfPa = async (): Promise<string> => {
    await ask('Patient/pa', 'TA')
    const { json } = await ask('AuditEvent?_count=1', 'TA')
    return json.entry[0].resource.id
  }

  test('an administrator reads one entry by its id', async () => {
    const id = await anEntryOfPa()
    for (const path of [`AuditEvent/${id}`, `AuditEvent?_id=${id}`]) {
      const answer = await ask(path, 'TADM')
      expect(answer.status).toBe(200)
      expect(await patientsOf(answer), path).toEqual(['pa'])
    }
  })

  test('an administrator names a patient who acted, by the id alone or as a reference', async () => {
    await anEntryOfPa()
    for (const agent of ['pa', 'Patient/pa'])
      expect(await entriesOf(await ask(`AuditEvent?agent=${agent}`, 'TADM'))).toMatchObject([
        { patient: 'pa', query: `AuditEvent?agent=${agent}` },
      ])
    expect(await patientsOf(await ask('AuditEvent?agent=pr1', 'TADM'))).toEqual([null])
  })

  test('an administrator names a patient whom nothing but the log, or an account, knows', async () => {
    const { server } = anna
    const account = {
      username: 'z',
      name: 'Z',
      password_hash: 'x',
      practitioner: null,
      role: 'patient',
    } as const
    await server.store.write(async (trx) => {
      await trx
        .insertInto('account')
        .values({ ...account, id: 'z', patient: 'z-account' })
        .execute()
      await trx.insertInto('audit_patient').values({ patient: 'z-log', entries: 0 }).execute()
    })
    for (const patient of ['z-account', 'z-log'])
      for (const search of [`patient=${patient}`, `agent=${patient}`])
        expect(await patientsOf(await ask(`AuditEvent?${search}`, 'TADM')), search).toEqual([patient])
  })

  test('an administrator has entries proven, each for its patient', async () => {
    const id = await anEntryOfPa()
    await ask('Patient/pb', 'TC')
    const { json } = await ask('AuditEvent?patient=pb&_count=1&_sort=date', 'TADM')
    const other = json.entry[0].resource.id
    const answer = await anna.send(
      `/audit/proof/inclusion?size=1&entry=${id}&entry=${other}&entry=MRN-777123`,
      { as: 'TADM' },
    )
    expect(answer.status).toBe(200)
    const entries = (await entriesOf(answer)).map(({ patient, query }) => [patient, query])
    expect(Object.fromEntries(entries)).toEqual({
      pa: `audit/proof/inclusion?size=1&entry=${id}`,
      pb: `audit/proof/inclusion?size=1&entry=${other}`,
    })
  })

  test('of a request for proofs, only the requested entries are logged', async () => {
    const id = await anEntryOfPa()
    const answer = await anna.send(
      `/audit/proof/inclusion?size=1&entry=${id}&entry=${'x'.repeat(65)}&name=Bert%20Becquerel&access_token=abc`,
      { as: 'TA' },
    )
    expect(answer.status).toBe(200)
    const [entry] = await entriesOf(answer)
    expect(entry?.query).toBe(`audit/proof/inclusion?size=1&entry=${id}`)
  })
})
