import { describe, expect, it } from 'vitest'
import { beginLook, markNew } from '../../../extension/background/mark-new.ts'
import type { RecordEntry, RecordList } from '../../../extension/messages/record-lists.ts'
import { entriesOf } from '../../../extension/record/lists/use-record-list.ts'
import { riverside } from '../../fixtures/readings.ts'

const HOUR = 3_600_000
const noon = Date.parse('2026-12-01T12:00:00Z')

const entry = (id: string): RecordEntry => ({
  ...{ id, type: 'Condition', codes: [], name: id, state: 'active', details: [], source: riverside },
})
const list = (readAt: number, ids: string[], more: Partial<RecordList> = {}): RecordList => ({
  ...{ entries: ids.map(entry), cut: false, readAt },
  ...more,
})
const marks = ({ entries }: RecordList) =>
  Object.fromEntries(entries.flatMap(({ id, newSince }) => (newSince === undefined ? [] : [[id, newSince]])))

describe('what is new in a list', () => {
  it('is nothing when the list is read for the first time', () => {
    expect(markNew(list(noon, ['a']), undefined)).toEqual(list(noon, ['a']))
  })

  const first = markNew(list(noon, ['a']), undefined)
  const second = markNew(list(noon + 24 * HOUR, ['a', 'b']), first)

  it('is what the look before did not show, and stays marked for the rest of this look', () => {
    expect(marks(second)).toEqual({ b: noon })
    const seen = beginLook(second, noon + 24 * HOUR)
    expect(marks(seen)).toEqual({ b: noon })
    const again = markNew(list(noon + 24.9 * HOUR, ['a', 'b']), beginLook(seen, noon + 24.5 * HOUR))
    expect(marks(again)).toEqual({ b: noon })
    expect(marks(markNew(list(noon + 25.1 * HOUR, ['a', 'b']), again))).toEqual({})
    expect(marks(beginLook(again, noon + 25.1 * HOUR))).toEqual({})
  })

  it('stays marked until the list has been on screen, however often it is read to name a few entries', () => {
    const third = markNew(list(noon + 48 * HOUR, ['a', 'b']), second)
    expect(marks(third)).toEqual({ b: noon })
    const late = markNew(list(noon + 48.9 * HOUR, ['a', 'b', 'c']), beginLook(third, noon + 48 * HOUR))
    expect(marks(late)).toEqual({ b: noon, c: noon + 48 * HOUR })
    expect(marks(markNew(list(noon + 72 * HOUR, ['a', 'b', 'c']), late))).toMatchObject({
      c: noon + 48 * HOUR,
    })
  })

  it('is not held back by a look that began by a clock that was ahead', () => {
    const ahead = beginLook(second, noon + 9000 * HOUR)
    expect(marks(markNew(list(noon + 25 * HOUR, ['a', 'b', 'c']), ahead))).toEqual({ c: noon + 24 * HOUR })
  })

  it('is told by type and id, and is no news if another list held it', () => {
    const result = (newSince?: number): RecordEntry => ({
      ...entry('1'),
      type: 'Observation',
      ...(newSince !== undefined && { newSince }),
    })
    const both = markNew(list(noon + 24 * HOUR, ['1']), { ...list(noon, []), entries: [result()] })
    expect(marks(both)).toEqual({ 1: noon })
    const of = (...entries: RecordEntry[]) => entriesOf(entries.map((each) => ({ ...both, entries: [each] })))
    expect(of(result(noon), result())).toEqual([result()])
    expect(of(result(), result(noon))).toEqual([result()])
    expect(of(result(noon), result(noon))).toEqual([result(noon)])
  })

  it.each([
    ['was cut', { cut: true }],
    ['had left something out', { omitted: 1 }],
    ['came with a warning', { warning: { code: 'server-failed' as const } }],
    ['lacked results of reports', { missingResults: ['Observation/1'] }],
    ['was limited by another grant', { limited: true as const }],
  ])('is unknown if the list before %s', (_, more) => {
    expect(marks(markNew(list(noon + 24 * HOUR, ['a', 'b']), list(noon, ['a'], more)))).toEqual({})
  })
})
