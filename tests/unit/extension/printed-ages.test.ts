import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import type { Problem } from '../../../extension/messages/errors.ts'
import type { ListName, RecordType } from '../../../extension/messages/record-lists.ts'
import type { ListAt } from '../../../extension/record/lists/use-record-list.ts'
import { PrintedList } from '../../../extension/summary/list-summary.tsx'
import { OrganizationSummary } from '../../../extension/summary/organization-summary.tsx'
import { exactly } from '../../../extension/ui/words/dates.ts'
import { connectionWith } from '../../fixtures/connection.ts'
import { entryOf } from '../../fixtures/entries.ts'

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
