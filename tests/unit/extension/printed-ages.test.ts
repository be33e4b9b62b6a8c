import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import type { Problem } from '../../../extension/messages/errors.ts'
import type { Extent } from '../../../extension/messages/extent.ts'
import type { Patient } from '../../../extension/messages/patients.ts'
import { type ListName, listNames, lists, type RecordType } from '../../../extension/messages/record-lists.ts'
import type { ListAt } from '../../../extension/record/lists/use-record-list.ts'
import type { VitalsAt } from '../../../extension/record/vitals/use-vitals.ts'
import { PrintedList } from '../../../extension/summary/list-summary.tsx'
import { OrganizationSummary } from '../../../extension/summary/organization-summary.tsx'
import { exactly } from '../../../extension/ui/words/dates.ts'
import { connectionWith } from '../../fixtures/connection.ts'
import { entryOf } from '../../fixtures/entries.ts'
import { riverside, weightOf } from '../../fixtures/readings.ts'

const DAY = 86_400_000
const away: Problem = { code: 'unreachable' }
const connection = connectionWith('Riverside Clinic')
const [monday, tuesday] = [Date.now() - 6 * DAY, Date.now() - 5 * DAY]

type Answer = ListAt['answers'][number]
const answer = (type: RecordType, more: Partial<Answer>): Answer => ({
  ...{ type, pending: false, retry: () => undefined },
  ...more,
})
const read = (type: RecordType, readAt: number, more: object = {}) =>
  answer(type, { value: { entries: [entryOf(type, `an entry of ${type}`)], cut: false, readAt, ...more } })
const copy = (type: RecordType, readAt: number, more: object = {}) =>
  read(type, readAt, { copyBecause: away, ...more })

const textOf = (html: string) =>
  html
    .replace(/<svg.*?<\/svg>/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
const printed = (name: ListName, answers: Answer[], isAway = false) =>
  textOf(
    renderToString(
      h(PrintedList, { name, isAway, list: { connection, patient: 'p', refusedTypes: [], answers } }),
    ),
  )

describe('a list on paper', () => {
  it('says when it was read, also long after it was', () => {
    expect(printed('conditions', [read('Condition', monday)])).toContain(`Read ${exactly(monday)}.`)
  })

  it('says so once if all its types were read together, and otherwise of each', () => {
    const both = (at: number) => [read('MedicationRequest', monday), read('MedicationStatement', at)]
    expect(printed('medications', both(monday)).match(/Read /g)).toHaveLength(1)
    const apart = printed('medications', both(tuesday))
    expect(apart).toContain(`prescriptions: Read ${exactly(monday)}.`)
    expect(apart).toContain(`medications taken: Read ${exactly(tuesday)}.`)
  })

  it('says how old its copy is of an organization that is said to be away', () => {
    const old = printed('conditions', [copy('Condition', monday)], true)
    expect(old).toContain(`Read ${exactly(monday)}.`)
    expect(old, 'the top of the page says why').not.toContain('cannot be reached')
  })

  it('calls an empty copy missing: a heading with a bare date would look like “none”', () => {
    const empty = printed('allergies', [copy('AllergyIntolerance', monday, { entries: [] })], true)
    expect(empty).toContain('Missing: allergies.')
    expect(empty).not.toContain('Read ')
  })

  it('says that it was not read, wholly or in part, if the top of the page says no more than why', () => {
    const unread = (type: RecordType) => answer(type, { problem: away })
    expect(printed('visits', [unread('Encounter')], true)).toContain('Missing: visits.')
    const part = printed(
      'medications',
      [copy('MedicationRequest', monday), unread('MedicationStatement')],
      true,
    )
    expect(part).toContain(`prescriptions: Read ${exactly(monday)}. Missing: medications taken.`)
  })
})

it('vital signs on paper say that they were not read, and that a limit narrows them, if the top says only why', () => {
  const { can } = connection
  const limited = { ...connection, can: { ...can, limited: ['vitals' as const] } }
  const html = renderToString(
    h(OrganizationSummary, {
      vitals: { connection: limited, patient: 'p', pending: false, retry: () => undefined, problem: away },
      personal: false,
      isAway: true,
    }),
  )
  expect(textOf(html)).toContain('Missing: vital signs.')
  expect(html).toContain('class="notice refused"')
})

const mara: Patient = { id: 'p', name: 'Mara Mock', identifiers: [] }
const UNREAD = 'Not yet read when this was printed.'

/** What an organization may have answered so far, and what it may have said or says now. */
const values: Record<string, (Extent & { isEmpty?: true }) | undefined> = {
  'nothing yet': undefined,
  something: { cut: false },
  'nothing on file': { cut: false, isEmpty: true },
  'a part': { cut: true },
  'no whole part': { cut: true, isEmpty: true },
  'nothing about the person for certain': { cut: false, omitted: 2, isEmpty: true },
  'what a limit leaves': { cut: false, limited: true, isEmpty: true },
  'a copy': { cut: false, copyBecause: away },
  'an empty copy': { cut: false, copyBecause: away, isEmpty: true },
}
const states = Object.entries(values).flatMap(([held, value]) =>
  [undefined, away, { code: 'refused' } satisfies Problem].flatMap((problem) =>
    [true, false]
      .filter((pending) => value || problem || pending)
      .map((pending) => ({ held, value, pending, ...(problem && { problem }) })),
  ),
)
type State = (typeof states)[number]

/** What is said once for all parts holds only if none is awaited or new (`awayPart`). */
const mayBeAway = (all: State[]) =>
  all.every(({ value, problem, pending }) => !pending && (problem ?? value?.copyBecause))
const cases = (all: State[]) => [false, ...(mayBeAway(all) ? [true] : [])].map((isAway) => ({ all, isAway }))

/** The words on paper below the headings of the parts. */
const onPaper = (html: string) =>
  textOf(html.replace(/<h[1-3].*?<\/h[1-3]>|<p class="[^"]*on-screen.*?<\/p>/gs, ''))

describe('on paper there are words below the heading', () => {
  it.each(listNames)('of %s, whatever has been read of it', (name) => {
    const types: readonly RecordType[] = lists[name]
    const all = types.length > 1 ? states.flatMap((a) => states.map((b) => [a, b])) : states.map((a) => [a])
    expect(all.length).toBeGreaterThan(40)
    for (const { all: its, isAway } of all.flatMap(cases)) {
      const answers = its.map(({ value, pending, problem }, at): Answer => {
        const type = types[at] ?? 'Condition'
        const { isEmpty, ...extent } = value ?? { cut: false }
        return answer(type, {
          pending,
          ...(problem && { problem }),
          ...(value && {
            value: {
              ...extent,
              readAt: monday,
              entries: isEmpty ? [] : [entryOf(type, 'an entry')],
            },
          }),
        })
      })
      const list = { connection, patient: 'p', refusedTypes: [], answers }
      const words = onPaper(renderToString(h(PrintedList, { name, isAway, list })))
      expect(words.trim(), JSON.stringify({ its, isAway })).not.toBe('')
      const isUnread = its.some(({ value, pending }) => pending && !value)
      expect(words.includes(UNREAD), JSON.stringify(its)).toBe(isUnread)
    }
  })

  it('of vital signs, whatever has been read of them', () => {
    for (const { all: its, isAway } of states.map((each) => [each]).flatMap(cases))
      for (const { value, pending, problem } of its) {
        const { isEmpty, ...extent } = value ?? { cut: false }
        const vitals: VitalsAt = {
          ...{ connection, patient: 'p', pending, retry: () => undefined },
          ...(problem && { problem }),
          ...(value && {
            value: {
              ...extent,
              readAt: monday,
              patient: mara,
              bloodPressure: [],
              weight: isEmpty ? [] : [weightOf('81', '2026-11-24', riverside)],
            },
          }),
        }
        const html = renderToString(h(OrganizationSummary, { vitals, personal: false, isAway }))
        // The connection shares no lists, so this is the only part.
        const words = onPaper(html.slice(html.indexOf('<div class="list">')))
        expect(words.trim(), JSON.stringify({ its, isAway })).not.toBe('')
        expect(words.includes(UNREAD), JSON.stringify(its)).toBe(pending && !value)
        if (value?.copyBecause && isEmpty) expect(words).not.toContain('Read ')
      }
  })
})
