import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import { cutMark } from '../../../extension/messages/record-lists.ts'
import { AllergyWords } from '../../../extension/record/lists/allergy-line.tsx'
import type { ListAt } from '../../../extension/record/lists/use-record-list.ts'
import { connectionWith } from '../../fixtures/connection.ts'
import { entryOf } from '../../fixtures/entries.ts'

type Value = NonNullable<ListAt['answers'][number]['value']>

const connection = connectionWith('Riverside Clinic')
const line = (value: Partial<Value>): string => {
  const whole = { entries: [], cut: false, readAt: 0, ...value }
  const answer = { type: 'AllergyIntolerance' as const, value: whole, pending: false, retry: () => undefined }
  const list: ListAt = { connection, patient: 'p', refusedTypes: [], answers: [answer] }
  return renderToString(h(AllergyWords, { list })).replaceAll(/<[^>]+>/g, '')
}
const nuts = { id: '1', type: 'AllergyIntolerance', codes: [], name: 'Nuts', state: 'active', details: [] }
const entries = [
  { ...nuts, source: { connectionId: 'c', name: 'Riverside Clinic', hue: 0 } },
] as unknown as Value['entries']

it('says that there are no allergies only of an answer that is whole', () => {
  expect(line({})).toMatch(/^No allergies on file at Riverside Clinic/)
  for (const part of [{ cut: true }, { omitted: 1 }])
    expect(line(part)).toBe('Not all allergies at Riverside Clinic could be read.')
})

it('says that there are more allergies than it names', () => {
  expect(line({ entries })).toBe('Allergies: Nuts')
  for (const part of [{ cut: true }, { omitted: 1 }])
    expect(line({ entries, ...part })).toBe('Allergies: Nuts (more in the record)')
})

it('says of allergies that a grant limits that they are shared in part', () => {
  const part = 'Riverside Clinic shares allergies with Carekey only in part. More may be on file there.'
  expect(line({ limited: true })).toBe(part)
  expect(line({ entries, limited: true })).toBe(`Allergies: Nuts ${part}`)
})

it('names each of two allergies whose names begin with the same words', () => {
  const contrast = 'Allergy to substance containing iodinated radiographic contrast media of type'
  const both = ['iohexol', 'iopamidol'].map((name) => entryOf('AllergyIntolerance', `${contrast} ${name}`))
  expect(line({ entries: both }).match(/Allergy to substance/g)).toHaveLength(2)
  const cut = [1, 2].map((id) => entryOf('AllergyIntolerance', `Nuts${cutMark}`, { id: String(id) }))
  expect(line({ entries: cut }).match(/Nuts/g)).toHaveLength(2)
  const same = [1, 2].map((id) => entryOf('AllergyIntolerance', 'Nuts', { id: String(id) }))
  expect(line({ entries: same })).toBe('Allergies: Nuts')
})

it('says of an allergy that it is not confirmed, and names none that was ruled out', () => {
  const details = [{ what: 'verification', text: 'unconfirmed' }]
  const unconfirmed = entries.map((entry) => ({ ...entry, details })) as Value['entries']
  expect(line({ entries: unconfirmed })).toBe('Allergies: Nuts (not confirmed)')
  const refuted = entries.map((entry) => ({ ...entry, state: 'refuted' }))
  expect(line({ entries: refuted })).not.toContain('Nuts')
})
