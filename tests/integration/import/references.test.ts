import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importFiles, type Refusal } from '../../../server/cli/import/import-records.ts'
import { useImportFolder } from '../../fixtures/import-folder.ts'
import { engines } from '../../fixtures/store.ts'

const PAT = 'urn:uuid:6e0b32a3-6f0d-4f6c-9f2e-3a1f4f3f0a01'
const DOC = 'urn:uuid:6e0b32a3-6f0d-4f6c-9f2e-3a1f4f3f0a02'
const NPI = 'http://hl7.org/fhir/sid/us-npi'
const MRN = 'https://clinic.example/mrn'
const idOf = (urn: string) => urn.slice('urn:uuid:'.length)

type Resource = Record<string, unknown>
interface Entry {
  readonly fullUrl?: string
  readonly resource: Resource
  readonly request?: { method: string; url: string }
}
const post = (fullUrl: string | undefined, resource: Resource): Entry => ({
  ...(fullUrl !== undefined && { fullUrl }),
  resource,
  request: { method: 'POST', url: String(resource.resourceType) },
})
const bundle = (...entry: Entry[]) => ({ resourceType: 'Bundle', type: 'transaction', entry })
const patient = (more: Resource = {}) => ({ resourceType: 'Patient', name: [{ family: 'Doe' }], ...more })
const practitioner = (npi: string, more: Resource = {}) => ({
  resourceType: 'Practitioner',
  identifier: [{ system: NPI, value: npi }],
  ...more,
})
const observation = (subject: string, more: Resource = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'weight' },
  subject: { reference: subject },
  ...more,
})

describe.each(engines)('F59 import on %s', (engine) => {
  const place = useImportFolder(engine)

  /** Imports files with one JSON text each, in order. */
  const importing = async (...contents: unknown[]) => {
    const files: string[] = []
    for (const [index, content] of contents.entries()) {
      const file = join(place.folder, `${index}.json`)
      await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
      files.push(file)
    }
    const refusals: Refusal[] = []
    const failures: string[] = []
    const report = await importFiles(place.store, files, Date.now, {
      onRefused: (refusal) => refusals.push(refusal),
      onFailed: ({ reason }) => failures.push(reason),
    })
    const total = [...report.counts.values()].reduce((sum, it) => sum + it.created + it.replaced, 0)
    return { ...report, stored: total, refusals, failures }
  }
  const resourcesOf = async (type: string): Promise<Resource[]> => {
    const rows = await place.store.db.selectFrom('resource').select('json').where('type', '=', type).execute()
    return rows.map(({ json }) => JSON.parse(json) as Resource)
  }
  /** `Type/id` of the resources in a patient's record, without the Patient. */
  const recordOf = async (id: string): Promise<string[]> => {
    const rows = await place.store.db
      .selectFrom('compartment')
      .innerJoin('resource', 'resource.key', 'compartment.key')
      .select(['resource.type', 'resource.id'])
      .where('compartment.patient', '=', id)
      .where('resource.type', '!=', 'Patient')
      .execute()
    return rows.map(({ type, id }) => `${type}/${id}`).sort()
  }
  const everyRecord = async (): Promise<string[]> => {
    const rows = await place.store.db.selectFrom('compartment').select('patient').distinct().execute()
    return rows.map(({ patient }) => patient).sort()
  }

  describe('a urn:uuid reference in a Bundle', () => {
    const entries = [
      post(PAT, patient({ id: 'p1' })),
      post(DOC, practitioner('1')),
      post(undefined, observation(PAT, { id: 'o1', performer: [{ reference: DOC }] })),
    ]
    it.each([
      ['in this order', entries],
      ['in the other order', entries.toReversed()],
    ])('is found, %s', async (_order, ordered) => {
      const { stored, refusals, unresolved, absent } = await importing(bundle(...ordered))
      expect({ stored, refusals, unresolved, absent: absent.resources }).toEqual({
        ...{ stored: 3, refusals: [], unresolved: [], absent: 0 },
      })
      const [weight] = await resourcesOf('Observation')
      expect(weight).toMatchObject({
        subject: { reference: 'Patient/p1' },
        performer: [{ reference: `Practitioner/${idOf(DOC)}` }],
      })
      expect(await recordOf('p1')).toEqual(['Observation/o1'])
    })

    it('is found in upper and lower case, but not by a part of it', async () => {
      await importing(
        bundle(
          post(PAT.toUpperCase().replace('URN:UUID', 'urn:uuid'), patient()),
          post(undefined, observation(PAT, { id: 'same' })),
          post(undefined, observation(PAT.slice(0, -1), { id: 'part' })),
        ),
      )
      expect(await recordOf(idOf(PAT))).toEqual(['Observation/same'])
      expect((await resourcesOf('Observation')).map(({ id }) => id)).toEqual(['same'])
    })

    it('keeps its numbers as they were written', async () => {
      const text = JSON.stringify(
        bundle(post(PAT, patient()), post(undefined, observation(PAT, { valueQuantity: { value: 123 } }))),
      )
      await importing(text.replace('123', '72.50'))
      const row = await place.store.db
        .selectFrom('resource')
        .select('json')
        .where('type', '=', 'Observation')
        .executeTakeFirstOrThrow()
      expect(row.json).toContain('"value":72.50}')
      expect(row.json).toContain(`"reference":"Patient/${idOf(PAT)}"`)
    })

    it('is replaced only as a whole element, wherever else the same letters occur', async () => {
      const note = `say "reference":"${PAT}"`
      await importing(
        bundle(post(PAT, patient()), post(undefined, observation(PAT, { id: 'o', note: [{ text: note }] }))),
      )
      expect((await resourcesOf('Observation'))[0]).toMatchObject({ note: [{ text: note }] })
    })

    it('may be part of a cycle', async () => {
      const [a, b] = [PAT.replace(/1$/, 'a'), PAT.replace(/1$/, 'b')]
      const { unresolved } = await importing(
        bundle(
          post(a, observation(PAT, { hasMember: [{ reference: b }] })),
          post(b, observation(PAT, { hasMember: [{ reference: a }, { reference: b }] })),
          post(PAT, patient()),
        ),
      )
      expect(unresolved).toEqual([])
      expect(await recordOf(idOf(PAT))).toEqual([`Observation/${idOf(a)}`, `Observation/${idOf(b)}`])
      const [first] = (await resourcesOf('Observation')).filter(({ id }) => id === idOf(a))
      expect(first).toMatchObject({ hasMember: [{ reference: `Observation/${idOf(b)}` }] })
    })
  })

  describe('an entry without an id', () => {
    it.each([
      ['a UUID', PAT],
      ['an address', 'https://other.example/fhir/Patient/1'],
      ['an OID', 'urn:oid:2.16.840.1.113883.3.1'],
      ['a number of the file’s own', 'urn:uuid:1'],
      ['nothing', undefined],
    ])('named by %s is given the same one at each import', async (_name, fullUrl) => {
      const content = bundle(post(fullUrl, patient()), post(PAT.replace(/1$/, '9'), practitioner('1')))
      await importing(content)
      const [before] = await resourcesOf('Patient')
      const { counts } = await importing(content)
      expect(counts.get('Patient')).toEqual({ created: 0, replaced: 0, unchanged: 1, refused: 0 })
      expect((await resourcesOf('Patient')).map(({ id }) => id)).toEqual([before?.id])
    })

    it('stands for another person if another file uses the same number or identifier', async () => {
      const of = (family: string) =>
        bundle(
          post('urn:uuid:1', patient({ name: [{ family }], identifier: [{ system: MRN, value: '7' }] })),
          post('urn:uuid:2', observation('urn:uuid:1', { code: { text: family } })),
        )
      await importing(of('Doe'), of('Roe'))
      const people = await resourcesOf('Patient')
      expect(people).toHaveLength(2)
      for (const { id } of people) expect(await recordOf(String(id))).toHaveLength(1)
    })

    it('does not take the id that another server gave it', async () => {
      await importing(patient({ id: '1' }))
      await importing(bundle({ fullUrl: 'https://other.example/fhir/Patient/1', resource: patient() }))
      expect(await resourcesOf('Patient')).toHaveLength(2)
    })

    it('is refused if two entries have one fullUrl, and so are the resources that refer to them', async () => {
      const { refusals, stored } = await importing(
        bundle(
          post(PAT, patient()),
          post(PAT, patient({ gender: 'male' })),
          post(undefined, observation(PAT)),
        ),
      )
      expect(refusals.map(({ code }) => code)).toEqual(['not-taken', 'not-taken', 'unresolved-patient'])
      expect([stored, await everyRecord()]).toEqual([0, []])
    })
  })

  describe('addresses', () => {
    const here = 'https://a.example/fhir'
    const there = 'https://b.example/fhir'
    it('of entries are found, with or without a version', async () => {
      await importing(
        bundle(
          { fullUrl: `${here}/Patient/1`, resource: patient({ id: '1' }) },
          { fullUrl: `${here}/Observation/1`, resource: observation(`${here}/Patient/1`, { id: '1' }) },
          {
            fullUrl: `${here}/Observation/2`,
            resource: observation(`${here}/Patient/1/_history/3`, { id: '2' }),
          },
          { fullUrl: `${here}/Observation/3`, resource: observation('Patient/1', { id: '3' }) },
        ),
      )
      expect(await recordOf('1')).toEqual(['Observation/1', 'Observation/2', 'Observation/3'])
    })

    it('that are relative mean entries of the Bundle, not a person who has that id here', async () => {
      await importing(patient({ id: 'p1' }), patient({ id: 'p2' }))
      const { stored, refusals } = await importing(
        bundle(
          { fullUrl: 'Patient/p1', resource: patient({ id: 'glossy' }) },
          { fullUrl: 'Patient/p2', resource: patient({ gender: 'male' }) },
          { resource: observation('Patient/p1', { id: '1' }) },
          { resource: observation('Patient/p2', { id: '2' }) },
        ),
      )
      expect([stored, refusals]).toEqual([4, []])
      expect([await recordOf('p1'), await recordOf('p2')]).toEqual([[], []])
      expect(await recordOf('glossy')).toEqual(['Observation/1'])
      const [male] = (await resourcesOf('Patient')).filter(({ gender }) => gender === 'male')
      expect(await recordOf(String(male?.id))).toEqual(['Observation/2'])
    })

    it('that are relative and could mean two entries are refused', async () => {
      const { refusals } = await importing(
        bundle(
          { fullUrl: 'Patient/1', resource: patient({ id: '2' }) },
          { fullUrl: PAT, resource: patient({ id: '1' }) },
          { resource: observation('Patient/1', { id: '9' }) },
        ),
      )
      expect(refusals).toMatchObject([{ name: 'Observation/9', code: 'unresolved-patient' }])
      expect([await recordOf('1'), await recordOf('2')]).toEqual([[], []])
    })

    it('of another server add nothing to the record of a person who has the same id here', async () => {
      await importing(patient({ id: '1' }))
      const { refusals, stored } = await importing(
        bundle(
          { fullUrl: `${here}/Observation/1`, resource: observation(`${there}/Patient/1`, { id: '1' }) },
          { resource: observation(`${there}/Patient/1`, { id: '2' }) },
        ),
        observation(`${here}/Patient/1`, { id: '3' }),
      )
      expect(refusals.map(({ code, reason }) => [code, /another server/.test(reason)])).toEqual(
        Array.from({ length: 3 }, () => ['unresolved-patient', true]),
      )
      expect([stored, await recordOf('1')]).toEqual([0, []])
    })

    it('distinguish two entries with the same id: neither is imported, nor what refers to them', async () => {
      await importing(patient({ id: '1', gender: 'female' }))
      const { refusals, stored } = await importing(
        bundle(
          { fullUrl: `${here}/Patient/1`, resource: patient({ id: '1' }) },
          { fullUrl: `${there}/Patient/1`, resource: patient({ id: '1' }) },
          { fullUrl: `${here}/Observation/1`, resource: observation('Patient/1', { id: '1' }) },
          { fullUrl: `${here}/Observation/2`, resource: observation(`${there}/Patient/1`, { id: '2' }) },
        ),
      )
      expect(refusals).toHaveLength(4)
      expect([stored, await recordOf('1')]).toEqual([0, []])
      expect((await resourcesOf('Patient'))[0]).toMatchObject({ gender: 'female' })
    })

    it('are required to distinguish two entries with the same id, and an entry without one is not imported', async () => {
      await importing(patient({ id: '1' }))
      const { refusals } = await importing(
        bundle(
          { fullUrl: PAT, resource: patient({ id: '1' }) },
          { fullUrl: DOC, resource: patient({ id: '1' }) },
          { resource: observation('Patient/1', { id: '1' }) },
          { resource: observation('Patient/2', { id: '2', performer: [{ reference: 'Patient/1' }] }) },
        ),
      )
      expect(refusals).toHaveLength(4)
      expect(await everyRecord()).toEqual(['1'])
      expect(await recordOf('1')).toEqual([])
    })

    it('distinguish a relative reference of one server from the entry of another', async () => {
      const { refusals } = await importing(
        bundle(
          { fullUrl: `${there}/Patient/1`, resource: patient({ id: '1' }) },
          { fullUrl: `${here}/Observation/1`, resource: observation('Patient/1', { id: '1' }) },
        ),
      )
      expect(refusals).toMatchObject([{ name: 'Observation/1', code: 'unresolved-patient' }])
      expect(await recordOf('1')).toEqual([])
    })
  })

  describe('a conditional reference', () => {
    const byNumber = `Patient?identifier=${MRN}|7`
    const seven = { identifier: [{ system: MRN, value: '7' }] }
    it.each([
      ['as it is', byNumber],
      ['percent-encoded', `Patient?identifier=${encodeURIComponent(`${MRN}|7`)}`],
    ])('finds an entry of the same Bundle, written %s', async (_how, reference) => {
      await importing(bundle(post(undefined, observation(reference, { id: 'o' })), post(PAT, patient(seven))))
      expect(await recordOf(idOf(PAT))).toEqual(['Observation/o'])
    })

    it('finds a stored resource, and one that comes in a later file', async () => {
      const { unresolved, stored } = await importing(
        bundle(
          post(PAT, patient(seven)),
          post(
            undefined,
            observation(PAT, { id: 'o', performer: [{ reference: `Practitioner?identifier=${NPI}|42` }] }),
          ),
        ),
        bundle(post(DOC, practitioner('42'))),
      )
      expect({ unresolved, stored }).toEqual({ unresolved: [], stored: 3 })
      expect((await resourcesOf('Observation'))[0]).toMatchObject({
        performer: [{ reference: `Practitioner/${idOf(DOC)}` }],
        meta: { versionId: '1' },
      })
      await importing(observation(byNumber, { id: 'later' }))
      expect(await recordOf(idOf(PAT))).toEqual(['Observation/later', 'Observation/o'])
    })

    it('waits along a chain of files', async () => {
      const visit = (at: number) => ({
        ...{ resourceType: 'Encounter', id: `e${at}`, subject: { reference: 'Patient/p' } },
        identifier: [{ system: MRN, value: `e${at}` }],
        ...(at < 4 && { partOf: { reference: `Encounter?identifier=${MRN}|e${at + 1}` } }),
      })
      const { unresolved, counts } = await importing(
        ...[1, 2, 3, 4].map((at) => bundle(post(undefined, visit(at)))),
        patient({ id: 'p' }),
      )
      expect(unresolved).toEqual([])
      expect(counts.get('Encounter')).toEqual({ created: 4, replaced: 0, unchanged: 0, refused: 0 })
    })

    it('that matches two resources goes to neither', async () => {
      await importing(patient({ id: 'a', ...seven }))
      const { refusals } = await importing(
        bundle(post(PAT, patient(seven)), post(undefined, observation(byNumber, { id: 'o' }))),
      )
      expect(refusals).toMatchObject([{ name: 'Observation/o', code: 'unresolved-patient' }])
      expect([await recordOf('a'), await recordOf(idOf(PAT))]).toEqual([[], []])
    })

    it('uses the content of a resource in this Bundle, not the stored one', async () => {
      await importing(patient({ id: 'a', ...seven }))
      await importing(
        bundle(
          post(undefined, patient({ id: 'a', identifier: [{ system: MRN, value: '8' }] })),
          post(undefined, patient({ id: 'b', ...seven })),
          post(undefined, observation(byNumber, { id: 'o' })),
        ),
      )
      expect([await recordOf('a'), await recordOf('b')]).toEqual([[], ['Observation/o']])
    })

    it.each([
      ['of nobody', `Patient?identifier=${MRN}|8`],
      ['of another system', 'Patient?identifier=https://other.example|7'],
      ['without a system', 'Patient?identifier=7'],
      ['of any system', 'Patient?identifier=|7'],
      ['of two numbers', `${byNumber},${MRN}|8`],
      ['with a second parameter', `${byNumber}&gender=male`],
      ['twice', `${byNumber}&identifier=${MRN}|7`],
      ['by a name', 'Patient?name=Doe'],
      ['by a modifier', `Patient?identifier:not=${MRN}|7`],
      ['by everybody', 'Patient?'],
      ['with a NUL character', `Patient?identifier=${MRN}|7%00`],
    ])('%s adds nothing to a record', async (_what, reference) => {
      const { refusals, stored } = await importing(
        bundle(post(PAT, patient(seven)), post(undefined, observation(reference, { id: 'o' }))),
      )
      expect(refusals).toMatchObject([{ name: 'Observation/o', code: 'unresolved-patient' }])
      expect([stored, await everyRecord()]).toEqual([1, [idOf(PAT)]])
    })
  })

  describe('a reference that leads nowhere', () => {
    it('is counted by kind, with examples, if the patient is known anyway', async () => {
      const { unresolved, stored } = await importing(
        bundle(
          post(PAT, patient()),
          ...[1, 2, 3, 4, 5].map((at) =>
            post(
              undefined,
              observation(PAT, { id: `o${at}`, performer: [{ reference: `urn:uuid:none-${at}` }] }),
            ),
          ),
          post(
            undefined,
            observation(PAT, { id: 'o6', encounter: { reference: 'https://other.example/Encounter/1' } }),
          ),
        ),
      )
      expect(stored).toBe(7)
      expect(unresolved).toEqual([
        {
          type: 'Observation',
          reason: 'nobody',
          count: 5,
          examples: [1, 2, 3].map((at) => `urn:uuid:none-${at}`),
        },
        {
          ...{ type: 'Observation', reason: 'another-server', count: 1 },
          examples: ['https://other.example/Encounter/1'],
        },
      ])
    })

    it('is reported for resources about a patient who is not here, or whose patient is named without a reference', async () => {
      const { absent, unresolved } = await importing(
        observation('Patient/gone', { id: 'a' }),
        observation('Patient/gone', { id: 'b' }),
        observation('Patient/here', { id: 'c' }),
        patient({ id: 'here' }),
        observation('#p', { id: 'd', contained: [patient({ id: 'p' })] }),
        observation('', { id: 'e', subject: { display: 'Jane Doe' } }),
      )
      expect(absent).toEqual({ resources: 2, patients: 1, examples: [{ patient: 'gone', resources: 2 }] })
      expect(unresolved).toEqual([
        { ...{ type: 'Observation', reason: 'by-name-only', count: 2 }, examples: ['Observation.subject'] },
      ])
    })

    it('within a contained resource adds nothing to a record', async () => {
      const { refusals } = await importing(
        bundle(
          post(PAT, patient()),
          post(
            undefined,
            observation('Patient/other', { id: 'o', contained: [observation(PAT, { id: 'c' })] }),
          ),
          post(undefined, patient({ id: 'other' })),
        ),
      )
      expect([await recordOf(idOf(PAT)), await recordOf('other')]).toEqual([[], []])
      expect(refusals).toMatchObject([{ name: 'Observation/o', code: 'foreign-contents' }])
    })

    it('is not waited for once its target is here, and a change does not count as a resource', async () => {
      const { refusals } = await importing(
        bundle({ resource: { ...patient({ id: 'p' }) }, request: { method: 'PATCH', url: 'Patient/p' } }),
      )
      expect(refusals).toMatchObject([{ name: 'Patient/p', code: 'not-taken' }])
    })
  })
})
