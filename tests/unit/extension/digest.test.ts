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
const listOf = (answer?: Partial<Answer>): ListAt => ({
  ...{ connection: connectionWith('c'), patient: 'p', refusedTypes: answer ? [] : ['AllergyIntolerance'] },
  answers: answer ? [{ type: 'AllergyIntolerance', pending: false, retry: () => undefined, ...answer }] : [],
})
const wordsOf = ({ named, rest = '' }: ReturnType<typeof digestOf>) =>
  `${named.map((each) => each.words).join(', ')}${rest}` || undefined
const words = (...lists: ListAt[]) => wordsOf(digestOf('allergies', lists))

const penicillin = listOf(answered([allergy('Penicillin'), allergy('Latex')]))
const none = listOf(answered([]))
const refused = listOf()
const away = listOf({ problem: { code: 'unreachable' } })
const reading = listOf({ pending: true })

it('names the current entries of all organizations, and that others may be missing', () => {
  expect(words(penicillin)).toBe('Latex, Penicillin')
  expect(words(penicillin, none)).toBe('Latex, Penicillin')
  for (const part of [refused, away, reading, listOf(answered([], { cut: true }))])
    expect(words(penicillin, part)).toBe('Latex, Penicillin · not complete')
})

it('says that nothing is recorded only if every organization has answered, and wholly', () => {
  expect(words(none)).toBe('nothing recorded')
  expect(words(none, refused)).toBe('not allowed')
  expect(words(none, away)).toBe('could not be read')
  expect(words(none, reading)).toBeUndefined()
  expect(words(none, listOf(answered([], { omitted: 1 })))).toBe('could not be read')
  expect(words(listOf(answered([allergy('Penicillin', { state: 'resolved' })])))).toBe('only earlier ones')
})

it('calls no list complete while the person is signed out of an organization', () => {
  expect(wordsOf(digestOf('allergies', [none], true))).toBe('could not be read')
  expect(wordsOf(digestOf('allergies', [penicillin], true))).toBe('Latex, Penicillin · not complete')
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
