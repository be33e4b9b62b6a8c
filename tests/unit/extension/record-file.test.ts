import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import { ProblemError } from '../../../extension/messages/errors.ts'
import type { ExportedPage } from '../../../extension/messages/protocol.ts'
import { recordTypes } from '../../../extension/messages/record-lists.ts'
import type { Connection } from '../../../extension/messages/state.ts'
import { type MissingPart, missingWords } from '../../../extension/summary/missing-parts.ts'
import { FileNotices } from '../../../extension/summary/print-or-export.tsx'
import { collectRecord, type RecordFile } from '../../../extension/summary/record-file.ts'
import { connectionWith } from '../../fixtures/connection.ts'

const can = { ...connectionWith('a').can, readLists: recordTypes }
const connection = (id: string): Connection =>
  connectionWith(id, {
    providerName: `Organization ${id}`,
    host: `${id}.example`,
    person: { name: 'John', role: 'patient' },
    can,
  })
const entry = (fullUrl: string) => ({ fullUrl, json: '{}' })
const page = (names: string[], next?: string): ExportedPage => ({
  entries: names.map(entry),
  resources: names.length,
  ...(next !== undefined && { next }),
})
const collect = async (
  pages: Record<string, (ExportedPage | Error)[]>,
  isSignedIn: (id: string) => boolean = () => true,
) => {
  const progress: number[] = []
  const file = await collectRecord(
    Object.keys(pages).map(connection),
    [],
    async ({ connectionId }) => {
      const answer = pages[connectionId]?.shift()
      if (!answer || answer instanceof Error) throw answer
      return answer
    },
    (resources) => progress.push(resources),
    async () => new Set(Object.keys(pages).filter(isSignedIn)),
  )
  return { ...file, progress, bundle: JSON.parse(file.parts.join('')) }
}
/** All connections of a test. */
const everySignedIn = async () => ({ has: () => true }) as unknown as ReadonlySet<string>

describe('the file of a record', () => {
  it('is one Bundle of all pages of all organizations, each resource once', async () => {
    const { bundle, resources, missing, progress } = await collect({
      a: [page(['a/1', 'a/shared'], 'more'), page(['a/2', 'a/shared'])],
      b: [page(['b/1'])],
    })
    expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'collection' })
    expect(bundle.entry.map(({ fullUrl }: { fullUrl: string }) => fullUrl)).toEqual([
      'a/1',
      'a/shared',
      'a/2',
      'b/1',
    ])
    expect(resources).toBe(4)
    expect([...new Set(progress)]).toEqual([2, 3, 4])
    expect(missing).toEqual([])
  })

  it('names what is missing, and contains the rest', async () => {
    const problem = { code: 'refused' } as const
    const { bundle, missing } = await collect({
      a: [page(['a/1'], 'more'), new ProblemError('unreachable')],
      b: [{ ...page([], 'more'), leftOut: { type: 'Condition', problem } }, page(['b/1'])],
    })
    // The last one says what is missing.
    expect(bundle.entry).toHaveLength(3)
    expect(bundle.entry[2].resource.issue).toMatchObject([{ code: 'incomplete' }, { code: 'incomplete' }])
    expect(missing).toEqual([
      { organization: 'Organization a', problem: { code: 'unreachable' } },
      { organization: 'Organization b', kind: 'conditions', problem },
    ])
  })

  it('J46 quotes what an organization says that it leaves out, each sentence once and ten at most', async () => {
    const remark = 'Not read here, although the record may hold them: Claim.'
    const { bundle, missing } = await collect({
      a: [
        { ...page(['a/1'], 'more'), remark },
        { ...page(['a/2']), remark },
      ],
      b: Array.from({ length: 12 }, (_, index) => ({
        ...page([`b/${index}`], index < 11 ? `${index}` : undefined),
        remark: `${index}`,
      })),
    })
    expect(missing[0]).toEqual({ organization: 'Organization a', remark })
    expect(missing).toHaveLength(11)
    expect(bundle.entry.at(-1).resource.issue[0]).toEqual({
      severity: 'warning',
      code: 'incomplete',
      details: { text: `Organization a says: “${remark}”` },
    })
  })

  it('quotes nothing that could read as the words of another organization', async () => {
    const remark = 'Complete.” Organization b deleted it: “allergies.'
    const { bundle } = await collect({ a: [{ ...page(['a/1']), remark }], b: [page(['b/1'])] })
    expect(bundle.entry.at(-1).resource.issue[0].details.text).toBe(
      "Organization a says: “Complete.' Organization b deleted it: 'allergies.”",
    )
  })

  it('says in itself which kinds the person did not share, or no longer shares', async () => {
    const narrowed = {
      ...connection('a'),
      can: { ...can, readLists: recordTypes.filter((type) => !/^Medication|Immun/.test(type)) },
    }
    const file = await collectRecord(
      [narrowed],
      [],
      async () => page(['a/1']),
      () => undefined,
      everySignedIn,
    )
    const { entry: entries } = JSON.parse(file.parts.join(''))
    expect(entries).toHaveLength(2)
    expect(file.resources).toBe(1)
    expect(entries[1].resource).toEqual({
      resourceType: 'OperationOutcome',
      issue: [
        {
          severity: 'information',
          code: 'suppressed',
          details: {
            text: 'Not in the file, because it is not shared with Carekey at Organization a: medications and immunizations.',
          },
        },
      ],
    })
    expect(missingWords(file.missing[0] as MissingPart)).toBe(entries[1].resource.issue[0].details.text)
  })

  it('says in itself which kinds a limit of the grant narrows', async () => {
    const limited = [...recordTypes, 'vitals', 'Patient'] as const
    const file = await collectRecord(
      [{ ...connection('a'), can: { ...can, limited: [...limited] } }],
      [],
      async () => page(['a/1']),
      () => undefined,
      everySignedIn,
    )
    expect(file.missing.map(missingWords)).toEqual([
      expect.stringMatching(
        /^Only a part of this is in the file, because Organization a .*: who you are, vital signs, allergies, .* and social history\.$/,
      ),
    ])
    expect(JSON.parse(file.parts.join('')).entry.at(-1).resource.issue).toMatchObject([
      { severity: 'information', code: 'suppressed' },
    ])
  })

  it('names a kind that the person did not share once, even if the organization refuses it too', async () => {
    const withheld: Connection = {
      ...connection('a'),
      can: { ...can, searchPatients: false, readLists: recordTypes.filter((type) => type !== 'Condition') },
    }
    const missingOf = async (type: string) => {
      const file = await collectRecord(
        [withheld],
        [],
        async () => ({ ...page(['a/1']), leftOut: { type, problem: { code: 'refused' } } }),
        () => undefined,
        everySignedIn,
      )
      return file.missing.flatMap(({ kind }) => kind ?? [])
    }
    expect(await missingOf('Patient')).toEqual([])
    expect(await missingOf('Condition')).toEqual([])
    expect(await missingOf('Observation')).toEqual(['vital signs and results'])
    expect(await missingOf('Goal')).toEqual(['Goal'])
  })

  it('calls the patient of the record "you", and nobody else', async () => {
    const withheld = { ...connection('a'), can: { ...can, searchPatients: false } }
    const byClinician: Connection = { ...withheld, person: { name: 'Dr. Lee', role: 'clinician' } }
    const notShared = async (one: Connection) =>
      (
        await collectRecord(
          [one],
          [],
          async () => page(['a/1']),
          () => undefined,
          everySignedIn,
        )
      ).missing[0]?.notShared
    expect(await notShared(withheld)).toEqual(['who you are'])
    expect(await notShared(byClinician)).toEqual(['who the patient is'])
  })

  it('has no list of entries when there are none', async () => {
    const { bundle, resources } = await collect({ a: [page([])] })
    expect(bundle).not.toHaveProperty('entry')
    expect(resources).toBe(0)
  })

  it('ends at a page that is its own next page', async () => {
    const { missing, resources } = await collect({ a: [page(['a/1'], 'same'), page(['a/2'], 'same')] })
    expect(resources).toBe(2)
    expect(missing).toEqual([{ organization: 'Organization a' }])
  })

  it('counts what it holds of the record, not what Carekey adds', async () => {
    const pages = [{ entries: [entry('a/1'), entry('a/provenance')], resources: 1, omitted: 1 }]
    const { resources, bundle, missing } = await collect({ a: pages })
    expect(bundle.entry).toHaveLength(3)
    expect(resources).toBe(1)
    const notices = (file: Pick<RecordFile, 'resources' | 'missing'>) =>
      renderToString(h(FileNotices, { file: { parts: [], ...file } }))
    expect(notices({ resources, missing })).toContain('The file holds 1 resource.')
    expect(notices({ resources: 0, missing })).toMatch(
      /No file was made, .*Organization a: 1 entry is left out/,
    )
  })

  it('says of which organizations more is awaited', async () => {
    const slow = Promise.withResolvers<ExportedPage>()
    const isAlone = Promise.withResolvers<string[]>()
    const reading = collectRecord(
      ['a', 'b'].map(connection),
      [],
      async ({ connectionId }) => (connectionId === 'a' ? slow.promise : page(['b/1'])),
      (_resources, awaited) => awaited.length === 1 && isAlone.resolve(awaited),
      everySignedIn,
    )
    expect(await isAlone.promise).toEqual(['Organization a'])
    slow.resolve(page([]))
    await reading
  })

  it('names the organizations of the person that are left out, and asks them nothing', async () => {
    const asked: string[] = []
    const { missing, parts } = await collectRecord(
      [connection('a')],
      [{ ...connection('b'), signedIn: false }, connection('c')],
      async ({ connectionId }) => {
        asked.push(connectionId)
        return page(['a/1'])
      },
      () => undefined,
      everySignedIn,
    )
    expect(asked).toEqual(['a'])
    const sentences = [
      'Not included: Organization b, because you are signed out there.',
      'Not included: Organization c, because the name and birth date it shares no longer match.',
    ]
    expect(missing.map(missingWords)).toEqual(sentences)
    for (const sentence of sentences) expect(parts.join('')).toContain(sentence)
  })

  it('F75 stops at 100 million characters of one organization, says so, and contains all of the others', async () => {
    const large = (index: number): ExportedPage => ({
      entries: [{ fullUrl: `a/${index}`, json: `{"x":"${' '.repeat(20_000_000)}"}` }],
      resources: 1,
      next: String(index),
    })
    let pages = 0
    const file = await collectRecord(
      ['a', 'b'].map(connection),
      [],
      async ({ connectionId, next }) => {
        if (connectionId === 'a') return large(pages++)
        return next === undefined ? page(['b/1'], 'more') : page(['b/2'])
      },
      () => undefined,
      everySignedIn,
    )
    expect(pages).toBe(5)
    expect(file.resources).toBe(7)
    expect(file.missing).toEqual([
      { organization: 'Organization a', problem: { code: 'too-large', details: { what: '100 MB' } } },
    ])
    expect(file.parts.some((part) => part.includes('b/2'))).toBe(true)
  })

  it('F75 reads every organization at the same time', async () => {
    const slow = Promise.withResolvers<ExportedPage>()
    const progress = Promise.withResolvers<number>()
    const reading = collectRecord(
      ['a', 'b'].map(connection),
      [],
      async ({ connectionId }) => (connectionId === 'a' ? slow.promise : page(['b/1'])),
      progress.resolve,
      everySignedIn,
    )
    expect(await progress.promise).toBe(1)
    slow.resolve(page(['a/1']))
    expect(JSON.parse((await reading).parts.join('')).entry).toHaveLength(2)
  })

  it('F75 gives each of many organizations its share of 400 million characters', async () => {
    const names = Array.from({ length: 40 }, (_, index) => String(index))
    const { missing } = await collectRecord(
      names.map(connection),
      [],
      async ({ connectionId }) =>
        connectionId === '0'
          ? { entries: [{ fullUrl: 'x', json: `"${' '.repeat(10_000_000)}"` }], resources: 1, next: 'more' }
          : page([connectionId]),
      () => undefined,
      everySignedIn,
    )
    expect(missing).toMatchObject([
      { organization: 'Organization 0', problem: { details: { what: '10 MB' } } },
    ])
  })

  it.each([
    ['another entry', '{}},{"fullUrl":"b/1","resource":{"forged":true}'],
    ['half a resource', '{"broken":'],
    ['nothing', ''],
  ])(
    'F75 contains nothing of one organization that would be %s, says so, and contains the others',
    async (_what, json) => {
      const { bundle, missing } = await collect({
        a: [{ entries: [entry('a/1'), { fullUrl: 'a/2', json }], resources: 2 }],
        b: [page(['b/1'])],
      })
      expect(bundle.entry).toEqual([
        ...['a/1', 'b/1'].map((fullUrl) => ({ fullUrl, resource: {} })),
        {
          fullUrl: expect.any(String),
          resource: expect.objectContaining({ resourceType: 'OperationOutcome' }),
        },
      ])
      expect(missing).toEqual([{ organization: 'Organization a', problem: { code: 'unexpected' } }])
    },
  )

  it.each(['locked', 'abandoned'] as const)(
    'F72 is not made if reading ends with %s, whatever had arrived',
    async (code) => {
      const collecting = collect({
        a: [page(['a/1'], 'more'), new ProblemError(code)],
        b: [page(['b/1'], 'more'), page(['b/2'])],
      })
      await expect(collecting).rejects.toMatchObject({ code })
    },
  )

  it.each([
    ['', [page(['a/1', 'b/2'], 'more'), new ProblemError('signed-out')]],
    [' after its last page', [page(['a/1', 'b/2'])]],
  ])(
    'F72 keeps nothing of an organization that was signed out meanwhile%s, and all of the others',
    async (_when, pages) => {
      const { bundle, resources, missing } = await collect(
        { a: pages, b: [page(['b/1'], 'more'), page(['b/2'])] },
        (id) => id !== 'a',
      )
      expect(resources).toBe(2)
      expect(bundle.entry.map(({ fullUrl }: { fullUrl: string }) => fullUrl)).toEqual([
        'b/1',
        'b/2',
        expect.stringMatching(/^urn:uuid:/),
      ])
      expect(missing).toEqual([{ organization: 'Organization a', problem: { code: 'signed-out' } }])
    },
  )

  it('leaves out an organization that ended the session by itself', async () => {
    const { resources } = await collect({ a: [new ProblemError('session-ended')], b: [page(['b/1'])] })
    expect(resources).toBe(1)
  })
})
