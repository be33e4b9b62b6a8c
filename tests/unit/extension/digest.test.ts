import { describe, expect, it } from 'vitest'
import { noMedications, entryOf as readEntry } from '../../../extension/fhir/record-entry.ts'
import type { Json } from '../../../extension/fhir/resource.ts'
import type { RecordEntry, RecordList } from '../../../extension/messages/record-lists.ts'
import type { Source } from '../../../extension/messages/vitals.ts'
import { digestOf } from '../../../extension/record/lists/digest.tsx'
import type { ListAt } from '../../../extension/record/lists/use-record-list.ts'
import { exactly } from '../../../extension/ui/words/dates.ts'
import { connectionWith } from '../../fixtures/connection.ts'
import { entryOf } from '../../fixtures/entries.ts'
import { pulse } from '../../fixtures/readings.ts'

type Answer = ListAt['answers'][number]

const allergy = (name: string, change: object = {}) => entryOf('AllergyIntolerance', name, change)
const answered = (entries: RecordList['entries'], change: Partial<RecordList> = {}): Partial<Answer> => ({
  value: { entries, cut: false, readAt: 0, ...change },
})
const listOf = (answer?: Partial<Answer>, organization = 'Mercy Hospital'): ListAt => ({
  ...{
    connection: connectionWith(organization),
    patient: 'p',
    refusedTypes: answer ? [] : ['AllergyIntolerance'],
  },
  answers: answer ? [{ type: 'AllergyIntolerance', pending: false, retry: () => undefined, ...answer }] : [],
})
const wordsOf = ({ named, by, rest = '' }: ReturnType<typeof digestOf>) =>
  `${by ? `${by}: ` : ''}${named.map((each) => each.words).join(', ')}${rest}` || undefined
const words = (...lists: ListAt[]) => wordsOf(digestOf('allergies', lists))

const penicillin = listOf(answered([allergy('Penicillin'), allergy('Latex')]))
const none = listOf(answered([]))
const refused = listOf()
const away = listOf({ problem: { code: 'unreachable' } })
const reading = listOf({ pending: true })

it('names the current entries of all organizations, and that others may be missing', () => {
  expect(words(penicillin)).toBe('Latex, Penicillin')
  expect(words(penicillin, none)).toBe('Latex, Penicillin')
  for (const [part, gap] of [
    [refused, 'not allowed: Mercy Hospital'],
    [away, 'could not be read: Mercy Hospital'],
    [
      listOf({ ...answered([], { copyBecause: { code: 'unreachable' } }) }),
      'could not be read: Mercy Hospital',
    ],
    [reading, 'still answering: Mercy Hospital'],
    [listOf(answered([], { cut: true })), 'not complete: Mercy Hospital'],
    [listOf(answered([], { limited: true })), 'not complete: Mercy Hospital'],
  ] as const)
    expect(words(penicillin, part)).toBe(`Riverside Clinic: Latex, Penicillin · ${gap}`)
  expect(words(penicillin, away, reading, away)).toBe(
    'Riverside Clinic: Latex, Penicillin · could not be read: Mercy Hospital and Mercy Hospital · still answering: Mercy Hospital',
  )
})

it('says how old the copy is that stands for an answer', () => {
  const monday = Date.parse('2026-11-02T09:00:00Z')
  const unread = listOf({ problem: { code: 'unreachable' } })
  const away = { copyBecause: { code: 'unreachable' as const }, readAt: monday }
  const copy = listOf(answered([allergy('Latex')], away))
  const age = `could not be read (last read ${exactly(monday)})`
  expect(words(copy)).toBe(`Riverside Clinic: Latex · ${age}`)
  const kept = { ...answered([allergy('Latex')], { readAt: monday }), problem: away.copyBecause }
  expect(words(listOf(kept))).toBe(`Riverside Clinic: Latex · ${age}`)
  expect(words(copy, unread, none)).toBe(
    `Riverside Clinic: Latex · could not be read: Mercy Hospital (last read ${exactly(monday)}) and Mercy Hospital`,
  )
})

it('says whose an all-clear is while others may say something else', () => {
  const allClear = [allergy('No known allergies')]
  expect(words(listOf(answered(allClear)), none)).toBe('No known allergies')
  expect(words(listOf(answered(allClear)), reading)).toBe(
    'Riverside Clinic: No known allergies · still answering: Mercy Hospital',
  )
  // The marks tell who says which of several.
  const others = listOf(answered([allergy('Latex', { source: pulse })]))
  expect(words(listOf(answered(allClear)), others, reading)).toBe(
    'Latex, No known allergies · still answering: Mercy Hospital',
  )
})

it('says that nothing is recorded only if every organization has answered, and wholly', () => {
  expect(words(none)).toBe('nothing recorded')
  expect(words(none, refused)).toBe('not allowed: Mercy Hospital')
  expect(words(none, away)).toBe('could not be read: Mercy Hospital')
  expect(words(away)).toBe('could not be read')
  expect(words(none, reading)).toBeUndefined()
  expect(words(none, listOf({ ...answered([]), pending: true }))).toBeUndefined()
  expect(words(none, listOf(answered([], { omitted: 1 })))).toBe('not complete: Mercy Hospital')
  expect(words(listOf(answered([allergy('Penicillin', { state: 'resolved' })])))).toBe('only earlier ones')
})

it('calls no list complete while an organization of the person is left out', () => {
  const signedOut = [{ providerName: 'Lakeside', signedIn: false }]
  expect(wordsOf(digestOf('allergies', [none], signedOut))).toBe('signed out: Lakeside')
  const unmatched = [{ providerName: 'Lakeside', signedIn: true }]
  expect(wordsOf(digestOf('allergies', [none], unmatched))).toBe('not complete: Lakeside')
  expect(wordsOf(digestOf('allergies', [penicillin], signedOut))).toBe(
    'Riverside Clinic: Latex, Penicillin · signed out: Lakeside',
  )
})

it('names the organizations that say so', () => {
  const both = [listOf(answered([allergy('Latex', { source: pulse })])), penicillin]
  const { named } = digestOf('allergies', both)
  const of = (name: string) => named.find(({ words }) => words === name)?.sources.map((each) => each.name)
  expect(of('Penicillin')).not.toContain('Pulse Devices')
  expect(of('Latex')).toContain('Pulse Devices')
})

it('F70 is not crowded out by one organization', () => {
  const many = Array.from({ length: 40 }, (_, index) => allergy(`A${index}`, { source: pulse }))
  expect(words(listOf(answered(many)), penicillin)).toMatch(/Penicillin.*, 34 more$/)
})

describe('a name of the digest carries what makes it another statement than "so it is now"', () => {
  const connection = { connectionId: 'c', name: 'Riverside Clinic', host: 'records.example', hue: 0 }
  type Type = 'MedicationRequest' | 'MedicationStatement' | 'Condition' | 'AllergyIntolerance'
  const read = (type: Type, resource: Json, source: Source = connection): RecordEntry =>
    readEntry(type, { id: '1', ...resource }, { source, medications: noMedications }) as RecordEntry
  const digest = (type: Type, ...found: RecordEntry[]) => {
    const list = listOf(answered(found))
    const name =
      type === 'Condition' ? 'conditions' : type === 'AllergyIntolerance' ? 'allergies' : 'medications'
    return digestOf(name, [{ ...list, answers: list.answers.map((answer) => ({ ...answer, type })) }])
  }
  const warfarin = { medicationCodeableConcept: { text: 'Warfarin' } }
  const concept = (code: string) => ({ coding: [{ code }] })
  const cancer = { code: { text: 'Lung cancer' }, clinicalStatus: concept('active') }
  it.each<[Type, Json, string]>([
    ['MedicationRequest', { ...warfarin, status: 'active' }, 'Warfarin'],
    [
      'MedicationRequest',
      { ...warfarin, status: 'active', doNotPerform: true },
      'Warfarin (must not be taken)',
    ],
    [
      'MedicationRequest',
      { ...warfarin, status: 'draft', doNotPerform: true },
      'Warfarin (order not to take it (draft))',
    ],
    ['MedicationRequest', { ...warfarin, status: 'draft' }, 'Warfarin (draft)'],
    [
      'MedicationRequest',
      { ...warfarin, status: 'on-hold', statusReason: { text: 'Surgery' } },
      'Warfarin (on hold)',
    ],
    ['MedicationRequest', { ...warfarin, status: 'unknown' }, 'Warfarin (state unknown)'],
    ['MedicationRequest', { ...warfarin, status: 'stopped' }, 'only earlier ones'],
    [
      'MedicationRequest',
      { ...warfarin, status: 'active', intent: 'proposal' },
      'Warfarin (proposed, not prescribed)',
    ],
    ['MedicationStatement', { ...warfarin, status: 'intended' }, 'Warfarin (planned)'],
    ['MedicationStatement', { ...warfarin, status: 'on-hold' }, 'Warfarin (on hold)'],
    ['Condition', cancer, 'Lung cancer'],
    ['Condition', { ...cancer, verificationStatus: concept('confirmed') }, 'Lung cancer'],
    [
      'Condition',
      { ...cancer, verificationStatus: concept('differential') },
      'Lung cancer (one of several possibilities)',
    ],
    ['Condition', { ...cancer, verificationStatus: concept('provisional') }, 'Lung cancer (provisional)'],
    ['Condition', { ...cancer, verificationStatus: concept('unconfirmed') }, 'Lung cancer (not confirmed)'],
    ['Condition', { ...cancer, verificationStatus: concept('refuted') }, 'only earlier ones'],
    [
      'AllergyIntolerance',
      { code: { text: 'Nuts' }, verificationStatus: concept('unconfirmed') },
      'Nuts (not confirmed)',
    ],
  ])('%s %o', (type, resource, shown) => {
    expect(wordsOf(digest(type, read(type, resource)))).toBe(shown)
  })

  it('and is joined to no name that says something else', () => {
    const order = { ...warfarin, status: 'active' }
    const pretends = { medicationCodeableConcept: { text: 'Warfarin (must not be taken)' }, status: 'active' }
    const names = [
      read('MedicationRequest', { ...order, doNotPerform: true }),
      read('MedicationRequest', order, pulse),
      read('MedicationRequest', { ...pretends, id: '2' }, pulse),
    ]
    expect(
      digest('MedicationRequest', ...names).named.map(({ words, sources }) => [
        words,
        ...sources.map(({ name }) => name),
      ]),
    ).toEqual([
      ['Warfarin (must not be taken)', 'Riverside Clinic'],
      ['Warfarin', pulse.name],
      ['Warfarin (must not be taken)', pulse.name],
    ])
    const long = (dose: string, source?: Source) =>
      read('MedicationRequest', { medicationCodeableConcept: { text: `${'a'.repeat(60)} ${dose}` } }, source)
    expect(digest('MedicationRequest', long('5 mg'), long('50 mg', pulse)).named).toHaveLength(2)
  })
})
