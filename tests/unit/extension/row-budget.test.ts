import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import type { Detail, RecordEntry } from '../../../extension/messages/record-lists.ts'
import { MOST_DRAWN } from '../../../extension/record/budget.tsx'
import { EntryMore } from '../../../extension/record/lists/entry-row.tsx'
import { drawnLines, weightOfEntry, weightOfRow } from '../../../extension/record/lists/row-budget.ts'
import { entryOf } from '../../fixtures/entries.ts'

const CUT = '… not all of it is shown here; read it at Riverside Clinic'
const notes = (count: number, length: number): Detail[] =>
  Array.from({ length: count }, () => ({ what: 'note', text: 'aא'.repeat(length / 2) }))
const withNotes = (count: number, length: number) =>
  entryOf('Procedure', 'Operation', { details: notes(count, length) })

describe('whatever an organization wrote into a row counts', () => {
  const text = 'aא'.repeat(240)
  const plain = entryOf('Observation', 'x')
  it.each<[string, Partial<RecordEntry>]>([
    ['its name', { name: text }],
    ['its state', { state: text }],
    ['its date in words', { dateSaid: text }],
    ['its value', { value: { value: text, unit: '' } }],
    ['its unit', { value: { value: '', unit: text } }],
    ['its range', { value: { value: '', unit: '', range: text } }],
    ['its parts', { details: [{ what: 'part', text }] }],
    ['its doubts', { details: [{ what: 'verification', text }] }],
  ])('%s, when its details are closed', (_, change) => {
    expect(weightOfRow({ ...plain, ...change })).toBeGreaterThan(weightOfRow(plain) + 80)
  })

  it.each<[string, Partial<RecordEntry>]>([
    ['a detail', { details: [{ what: 'note', text }] }],
    [
      'the name of a detail',
      { value: { value: '', unit: '' }, details: [{ what: 'part', name: text, text: '' }] },
    ],
    ['its narrative', { narrative: text }],
  ])('%s, when they are drawn', (_, change) => {
    expect(weightOfRow({ ...plain, ...change })).toBeLessThan(weightOfRow(plain) + 20)
    expect(weightOfEntry({ ...plain, ...change })).toBeGreaterThan(weightOfEntry(plain) + 80)
  })
})

describe('the details of a row together', () => {
  it.each([
    [1, 20_000],
    [100, 990],
    [300, 80],
  ])('are all drawn if they are %d texts of %d characters', (count, length) => {
    const entry = withNotes(count, length)
    expect(drawnLines(entry)).toHaveLength(count)
    expect(JSON.stringify(drawnLines(entry))).not.toContain(CUT)
  })

  it.each([
    [1, 2_000_000],
    [100, 20_000],
    [2_000, 990],
    [2_000, 20],
    [100_000, 0],
  ])(
    'have the budget of a narrative, and say where the rest is: %d texts of %d characters',
    (count, length) => {
      const lines = drawnLines(withNotes(count, length))
      const characters = lines.map(({ label, text }) => label + text).join('').length
      expect(4 * lines.length + characters / 100).toBeLessThan(MOST_DRAWN + 10)
      expect(lines.at(-1)?.text.endsWith(CUT)).toBe(true)
      expect(lines.slice(0, -1).some(({ text }) => text.includes(CUT))).toBe(false)
    },
  )

  it('are drawn in paragraphs of 1,000 characters at most, which are laid out when they are seen', () => {
    for (const entry of [withNotes(100, 990), withNotes(300, 80), withNotes(1, 19_000)]) {
      const html = renderToString(h(EntryMore, { entry, isTitled: false }))
      const paragraphs = html.split(/class="part"/).map((part) => part.replace(/<[^>]*>/g, ''))
      expect(Math.max(...paragraphs.map(({ length }) => length))).toBeLessThanOrEqual(1_010)
    }
    expect(renderToString(h(EntryMore, { entry: withNotes(3, 100), isTitled: false }))).not.toContain('part')
    expect(renderToString(h(EntryMore, { entry: withNotes(0, 0), isTitled: false }))).not.toContain('<dl')
  })
})
