import { expect, it } from 'vitest'
import type { RecordList } from '../../../extension/messages/record-lists.ts'
import { digestOf } from '../../../extension/record/lists/digest.tsx'
import type { ListAt } from '../../../extension/record/lists/use-record-list.ts'
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
  ] as const)
    expect(words(penicillin, part)).toBe(`Riverside Clinic: Latex, Penicillin · ${gap}`)
  expect(words(penicillin, away, reading, away)).toBe(
    'Riverside Clinic: Latex, Penicillin · could not be read: Mercy Hospital and Mercy Hospital · still answering: Mercy Hospital',
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

it('calls no list complete while the person is signed out of an organization', () => {
  const signedOut = [connectionWith('Lakeside')]
  expect(wordsOf(digestOf('allergies', [none], signedOut))).toBe('signed out: Lakeside')
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
