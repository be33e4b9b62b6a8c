import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importFiles, type Refusal } from '../../../server/cli/import/import-records.ts'
import { elementsOfPatients, everyType, spellings, withAt } from '../../fixtures/contained.ts'
import { useImportFolder } from '../../fixtures/import-folder.ts'
import { engines } from '../../fixtures/store.ts'

type Json = Record<string, unknown>

const JANE = 'urn:uuid:6e0b32a3-6f0d-4f6c-9f2e-3a1f4f3f0a02'
const person = (id: string) => ({ resourceType: 'Patient', id, name: [{ family: 'Doe', given: [id] }] })

/** A reading of John. */
const readingOf = (id: string, more: Json = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'weight' },
  subject: { reference: 'Patient/john' },
  ...more,
})

describe.each(engines)('J14 an import on %s refuses a resource with another patient’s inside', (engine) => {
  const place = useImportFolder(engine)

  const importing = async (...resources: unknown[]) => {
    const file = join(place.folder, 'records.ndjson')
    await writeFile(
      file,
      [person('john'), person('jane'), ...resources].map((it) => JSON.stringify(it)).join('\n'),
    )
    const refusals: Refusal[] = []
    await importFiles(place.store, [file], Date.now, { onRefused: (refusal) => refusals.push(refusal) })
    const rows = await place.store.db
      .selectFrom('resource')
      .select('id')
      .where('type', '!=', 'Patient')
      .execute()
    return { refusals, stored: rows.map(({ id }) => id) }
  }

  it('in each of the elements of each R4 type, in each spelling of a reference', async () => {
    const mixed = elementsOfPatients.flatMap(([type, path], at) =>
      Object.values(spellings('jane')).map((value, spelling) =>
        readingOf(`r-${at}-${spelling}`, { contained: [withAt(type, path, value)] }),
      ),
    )
    const { refusals, stored } = await importing(...mixed)
    expect(stored).toEqual([])
    expect(refusals).toHaveLength(mixed.length)
    for (const { code, reason } of refusals) {
      // A search and an unknown identifier are refused before, as in any other place.
      expect(['foreign-contents', 'unresolved-patient']).toContain(code)
      expect(reason).toMatch(
        /^It (contains an? [A-Z]\w+( of Patient\/jane|, and it is unknown who)|is unknown whose)/,
      )
    }
  })

  it.each([
    ['a Patient', { ...person('jane') }, 'It contains a Patient, and it is unknown who that is.'],
    [
      'a Patient that names another by a link',
      { ...person('inside'), link: [{ other: { reference: 'Patient/jane' }, type: 'seealso' }] },
      'It contains a Patient of Patient/jane.',
    ],
    ['a Bundle', { resourceType: 'Bundle', entry: [{ resource: person('jane') }] }, /unknown what it is/],
  ])('as %s', async (_name, inside, reason) => {
    const { refusals, stored } = await importing(readingOf('mixed', { contained: [inside] }))
    expect(refusals).toMatchObject([{ name: 'Observation/mixed', code: 'foreign-contents' }])
    expect(refusals[0]?.reason).toMatch(reason)
    expect(stored).toEqual([])
  })

  it('by a reference within the same Bundle', async () => {
    const inside = withAt('Observation', 'subject', { reference: JANE })
    const { refusals } = await importing({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        { fullUrl: JANE, resource: person('jane') },
        {
          fullUrl: 'urn:uuid:6e0b32a3-6f0d-4f6c-9f2e-3a1f4f3f0a03',
          resource: readingOf('mixed', { contained: [inside] }),
        },
      ],
    })
    expect(refusals).toMatchObject([
      { name: 'Observation/mixed', reason: 'It contains an Observation of Patient/jane.' },
    ])
  })

  it('also if the type of what it contains is no text, and goes on with the next', async () => {
    const types = [{ toString: 1 }, ['Observation'], [], null, 7]
    const { refusals, stored } = await importing(
      ...types.map((resourceType, at) => readingOf(`odd-${at}`, { contained: [{ resourceType }] })),
      readingOf('next', {}),
    )
    expect(stored).toEqual(['next'])
    expect(refusals.map(({ reason }) => reason)).toEqual(
      Array(types.length).fill('It contains something, and it is unknown what it is.'),
    )
  })

  it('also if the resource is in nobody’s record, or shared by all', async () => {
    const inside = withAt('Observation', 'subject', { reference: 'Patient/jane' })
    const { refusals, stored } = await importing(
      readingOf('of-nobody', { subject: { display: 'somebody' }, contained: [inside] }),
      { resourceType: 'Medication', id: 'shared', contained: [inside] },
      { resourceType: 'Organization', id: 'shared', contained: [{ resourceType: 'Observation' }] },
    )
    expect(stored).toEqual([])
    expect(refusals.map(({ code }) => code)).toEqual(Array(3).fill('foreign-contents'))
  })

  it('and stores one with what is the same patient’s, or is shared', async () => {
    const own = elementsOfPatients.map(([type, path], at) =>
      readingOf(`own-${at}`, { contained: [withAt(type, path, { reference: 'Patient/john' })] }),
    )
    const shared = everyType
      .filter((type) => !['Patient', 'Binary'].includes(type))
      .map((resourceType) =>
        readingOf(`with-${resourceType}`, { contained: [{ resourceType, id: 'inside' }] }),
      )
    const { refusals, stored } = await importing(...own, ...shared, {
      resourceType: 'Medication',
      id: 'drug',
      contained: [{ resourceType: 'Substance' }, { resourceType: 'Organization' }],
    })
    expect(refusals).toEqual([])
    expect(stored).toHaveLength(own.length + shared.length + 1)
  })
})
