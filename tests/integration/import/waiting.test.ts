import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importFiles } from '../../../server/cli/import/import-records.ts'
import { useImportFolder } from '../../fixtures/import-folder.ts'
import { engines } from '../../fixtures/store.ts'

type Resource = Record<string, unknown>

const MRN = 'urn:mrn'
const patient = (id: string, mrn: string): Resource => ({
  ...{ resourceType: 'Patient', id, identifier: [{ system: MRN, value: mrn }] },
})
const ana = patient('ana', '7')
const ben = patient('ben', '8')
/** A reference that matches nobody until the patient with this number is stored. */
const numbered = (mrn: string) => `Patient?identifier=${MRN}|${mrn}`
const dose = (value: number, reference: string, more: Resource = {}): Resource => ({
  ...{ resourceType: 'Observation', id: 'dose', status: 'final', code: { text: 'dose' } },
  ...{ subject: { reference }, valueQuantity: { value, unit: 'mg' }, ...more },
})
const bundle = (...resources: Resource[]) =>
  JSON.stringify({
    resourceType: 'Bundle',
    type: 'collection',
    entry: resources.map((resource) => ({ resource })),
  })
const ndjson = (...resources: Resource[]) => resources.map((it) => JSON.stringify(it)).join('\n')

describe.each(engines)('resources that wait for others in an import on %s', (engine) => {
  const place = useImportFolder(engine)

  const fileOf = async (name: string, content: string): Promise<string> => {
    const file = join(place.folder, name)
    await writeFile(file, content)
    return file
  }
  const importing = async (...files: string[]) => {
    const refusals: string[] = []
    const { counts, superseded, left, failures } = await importFiles(place.store, files, Date.now, {
      onRefused: ({ name, code }) => refusals.push(`${name} ${code}`),
    })
    expect(failures).toBe(0)
    return { observations: counts.get('Observation'), superseded, left: [...left], refusals }
  }
  /** Imports files with these contents, in order. */
  const importingTexts = async (...contents: string[]) =>
    importing(...(await Promise.all(contents.map((it, index) => fileOf(`${index}.ndjson`, it)))))
  const counted = (outcomes: Partial<Record<'created' | 'replaced' | 'unchanged' | 'refused', number>>) => ({
    ...{ created: 0, replaced: 0, unchanged: 0, refused: 0, ...outcomes },
  })
  /** The stored dose in mg, and in whose record it is. */
  const stored = async () => {
    const rows = await place.store.db
      .selectFrom('resource')
      .innerJoin('compartment', 'compartment.key', 'resource.key')
      .select(['resource.json', 'compartment.patient'])
      .where('resource.type', '=', 'Observation')
      .execute()
    return rows.map(({ json, patient }) => `${JSON.parse(json).valueQuantity.value} mg of ${patient}`)
  }

  it.each([
    ['in two files', [bundle(dose(10, numbered('7'))), ndjson(ana, dose(20, 'Patient/ana'))]],
    ['in one file', [ndjson(dose(10, numbered('7')), dose(20, 'Patient/ana'), ana)]],
    [
      'in one Bundle',
      [bundle(dose(10, numbered('9')), dose(20, 'Patient/ana')), bundle(ana, patient('z', '9'))],
    ],
    [
      'if a thread of its own prepares the later one',
      [
        ndjson(
          dose(10, numbered('7')),
          dose(20, 'Patient/ana', { note: [{ text: 'x'.repeat(50_000) }] }),
          ana,
        ),
      ],
    ],
  ])('stores no earlier resource over a later one, %s', async (_where, contents) => {
    expect(await importingTexts(...contents)).toEqual({
      ...{ observations: counted({ created: 1 }), superseded: 1, left: [], refusals: [] },
    })
    expect(await stored()).toEqual(['20 mg of ana'])
  })

  it('does not undo a correction that moves a resource to another patient', async () => {
    expect(await importingTexts(ndjson(dose(10, numbered('7')), dose(20, 'Patient/ben'), ana, ben))).toEqual({
      ...{ observations: counted({ created: 1 }), superseded: 1, left: [], refusals: [] },
    })
    expect(await stored()).toEqual(['20 mg of ben'])
  })

  it('stores the last of several that wait, whichever could be stored first', async () => {
    const nurse = { resourceType: 'Practitioner', id: 'nurse', identifier: [{ system: MRN, value: 'n' }] }
    const role = {
      ...{ resourceType: 'PractitionerRole', id: 'role', identifier: [{ system: MRN, value: 'r' }] },
      practitioner: { reference: `Practitioner?identifier=${MRN}|n` },
    }
    const later = dose(30, numbered('8'), {
      performer: [{ reference: `PractitionerRole?identifier=${MRN}|r` }],
    })
    const report = await importingTexts(
      ndjson(dose(10, numbered('7')), dose(20, numbered('7')), later, role, nurse, ana, ben),
    )
    expect(report).toEqual({
      ...{ observations: counted({ created: 1 }), superseded: 2, left: [], refusals: [] },
    })
    expect(await stored()).toEqual(['30 mg of ben'])
  })

  it('replaces an earlier resource by a later one that waited', async () => {
    expect(await importingTexts(ndjson(dose(10, 'Patient/ana'), dose(20, numbered('8')), ana, ben))).toEqual({
      ...{ observations: counted({ created: 1, replaced: 1 }), superseded: 0 },
      ...{ left: [['ana', 1]], refusals: [] },
    })
    expect(await stored()).toEqual(['20 mg of ben'])
  })

  it('stores no earlier resource over a later one that was stored already', async () => {
    await importingTexts(ndjson(dose(20, 'Patient/ana')))
    expect(await importingTexts(ndjson(dose(10, numbered('7')), dose(20, 'Patient/ana'), ana))).toEqual({
      ...{ observations: counted({ unchanged: 1 }), superseded: 1, left: [], refusals: [] },
    })
    expect(await stored()).toEqual(['20 mg of ana'])
  })

  it('takes a file that is named twice as two', async () => {
    const [monday, tuesday] = [
      await fileOf('monday.ndjson', ndjson(dose(10, numbered('7')))),
      await fileOf('tuesday.ndjson', ndjson(dose(20, 'Patient/ben'), ana, ben)),
    ]
    const end = await fileOf('end.ndjson', ndjson(ana, ben))
    expect(await importing(monday, tuesday, monday, end)).toMatchObject({ superseded: 1, refusals: [] })
    expect(await stored()).toEqual(['10 mg of ana'])
  })

  it.each([
    ['one that is stored stays', 'Patient/ana', { created: 1, refused: 1 }, 0, ['10 mg of ana']],
    ['one that waits is not stored, because it is out of date', numbered('7'), { refused: 1 }, 1, []],
  ])(
    'if a later resource waits and is refused in the end: %s',
    async (_which, earlier, outcomes, superseded, kept) => {
      expect(await importingTexts(ndjson(dose(10, earlier), dose(20, numbered('none')), ana))).toEqual({
        ...{ observations: counted(outcomes), superseded, left: [] },
        refusals: ['Observation/dose unresolved-patient'],
      })
      expect(await stored()).toEqual(kept)
    },
  )

  it('stores a resource that waits if the later one is refused when it is read', async () => {
    const wrong = dose(20, 'Patient/ana', { status: 'never' })
    expect(await importingTexts(ndjson(dose(10, numbered('7')), wrong, ana))).toEqual({
      ...{ observations: counted({ created: 1, refused: 1 }), superseded: 0, left: [] },
      refusals: ['Observation/dose wrong-code'],
    })
    expect(await stored()).toEqual(['10 mg of ana'])
  })

  it('refuses a resource without a valid id when it is read, because it can wait under no name', async () => {
    const ids = [undefined, 7, `${'x'.repeat(100)}`]
    const { refusals } = await importingTexts(
      ndjson(...ids.map((id) => dose(10, numbered('7'), { id })), ana),
    )
    expect(refusals.map((it) => it.split(' ')[1])).toEqual(['missing-id', 'invalid-id', 'invalid-id'])
  })
})
