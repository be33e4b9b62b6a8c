import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import type { ListName, RecordList, RecordType } from '../../../extension/messages/record-lists.ts'
import { isNotHere, NotHere } from '../../../extension/record/lists/not-here.tsx'
import type { ListAt } from '../../../extension/record/lists/use-record-list.ts'
import { connectionWith } from '../../fixtures/connection.ts'
import { entryOf } from '../../fixtures/entries.ts'

const at = (type: RecordType, answer?: Partial<ListAt['answers'][number]>): ListAt => {
  const connection = connectionWith('c')
  const can = { ...connection.can, readLists: answer ? [type] : [] }
  return {
    ...{ connection: { ...connection, can }, patient: 'p', refusedTypes: answer ? [] : [type] },
    answers: answer ? [{ type, pending: false, retry: () => undefined, ...answer }] : [],
  }
}
const value = (entries: RecordList['entries'], change: Partial<RecordList> = {}) => ({
  value: { entries, cut: false, readAt: 0, ...change },
})
const empty = value([])
const isFolded = (name: ListName, ...lists: ListAt[]) => isNotHere({ name, lists })

it('folds a list away if each organization has nothing on file, or was not allowed to show it', () => {
  expect(isFolded('immunizations', at('Immunization', empty), at('Immunization', empty))).toBe(true)
  expect(isFolded('immunizations', at('Immunization', empty), at('Immunization'))).toBe(true)
  const one = value([entryOf('Immunization', 'Tdap')])
  expect(isFolded('immunizations', at('Immunization', empty), at('Immunization', one))).toBe(false)
})

it('folds no list away of which something is not known', () => {
  for (const answer of [
    { pending: true },
    { problem: { code: 'unreachable' as const } },
    value([], { cut: true }),
    value([], { omitted: 1 }),
    value([], { limited: true }),
    value([], { copyBecause: { code: 'unreachable' } }),
  ])
    expect(isFolded('immunizations', at('Immunization', empty), at('Immunization', answer))).toBe(false)
  const unread: ListAt = { ...at('Immunization', empty), answers: [] }
  expect(isFolded('immunizations', unread)).toBe(false)
})

it('never folds allergies away: nothing on file is not the same as no known allergies', () => {
  expect(isFolded('allergies', at('AllergyIntolerance', empty))).toBe(false)
  expect(isFolded('allergies', at('AllergyIntolerance'))).toBe(false)
})

it('is where a link to one of its lists leads', () => {
  const all = [{ name: 'conditions' as const, lists: [at('Condition', empty)] }]
  expect(renderToString(h(NotHere, { all }))).toMatch(/<summary>.*id="list-conditions".*<\/summary>/)
})
