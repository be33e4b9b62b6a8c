import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import type { Problem } from '../../../extension/messages/errors.ts'
import type { RecordType } from '../../../extension/messages/record-lists.ts'
import { LogVerdicts } from '../../../extension/popup/log/log-verdicts.tsx'
import { ListAbsences } from '../../../extension/record/lists/list-absence.tsx'
import { connectionWith } from '../../fixtures/connection.ts'

const away: Problem = { code: 'unreachable' }
const refusal: Problem = { code: 'refused' }
const readAt = Date.now() - 3_600_000
const nothing = () => undefined

/** Counts how often each of these occurs in the text. */
const counts = (html: string) => ({
  one: html.match(/2 organizations cannot be reached/g)?.length ?? 0,
  clinic: html.match(/Riverside Clinic cannot be reached/g)?.length ?? 0,
  notices: html.match(/class="notice/g)?.length ?? 0,
  again: html.match(/Try again/g)?.length ?? 0,
})

const listAt = (name: string, problems: Partial<Record<RecordType, Problem>>, copied = false) => ({
  connection: connectionWith(name),
  patient: 'p',
  refusedTypes: [],
  answers: Object.entries(problems).map(([type, problem]) => ({
    type: type as RecordType,
    pending: false,
    retry: nothing,
    ...(copied ? { value: { entries: [], cut: false, readAt, copyBecause: problem } } : { problem }),
  })),
})

describe('organizations that cannot be reached are one line', () => {
  const both = { MedicationRequest: away, MedicationStatement: { code: 'too-slow' } } as const
  const absences = (...lists: ReturnType<typeof listAt>[]) =>
    renderToString(h(ListAbsences, { name: 'medications', lists }))

  it('in an opened list, with the age of the copies and the missing part', () => {
    const html = absences(listAt('Riverside Clinic', both, true), listAt('Pulse Devices', both, true))
    expect(counts(html)).toEqual({ one: 1, clinic: 1, notices: 1, again: 1 })
    expect(html).toMatch(/reached; showing what was last read/)
    const part = absences(
      listAt('Riverside Clinic', { MedicationRequest: away }),
      listAt('Pulse Devices', both),
    )
    expect(part).toMatch(/prescriptions/i)
    expect(part).not.toMatch(/showing what was last read/)
  })

  it('but the age of what is shown stays in sight, whoever else is away', () => {
    const html = absences(listAt('Riverside Clinic', both, true), listAt('Pulse Devices', both))
    const [, folded = '', inSight = ''] = html.split(/<\/?details>/)
    expect(inSight).toMatch(/Riverside Clinic cannot be reached.* Last read /)
    expect(folded).toContain('Pulse Devices cannot be reached')
    expect(folded).not.toContain('Riverside Clinic')
  })

  it('but the age of a copy of one type is not said of another that was never read', () => {
    const [copied] = listAt('Riverside Clinic', { MedicationRequest: away }, true).answers
    const [unread] = listAt('Riverside Clinic', { MedicationStatement: away }).answers
    const mixed = (name: string) => ({
      ...listAt(name, {}),
      answers: [copied, unread].flatMap((each) => each ?? []),
    })
    const one = absences(mixed('Riverside Clinic'))
    expect(counts(one)).toMatchObject({ clinic: 2, notices: 2 })
    expect(one).toMatch(/reached\..* prescriptions: .*Last read /i)
    expect(one.match(/Last read/g)).toHaveLength(1)
    const [, missing = ''] = one.split('Missing: ')
    expect(missing).not.toMatch(/^prescriptions/i)
    expect(missing).not.toContain('Last read')
    expect(counts(absences(mixed('Riverside Clinic'), mixed('Pulse Devices')))).toMatchObject({
      one: 0,
      notices: 4,
    })
  })

  it('but one that refuses keeps a line of its own', () => {
    const html = absences(
      listAt('Riverside Clinic', both),
      listAt('Pulse Devices', both),
      listAt('Withings', { MedicationRequest: refusal, MedicationStatement: refusal }),
    )
    expect(counts(html)).toMatchObject({ one: 1, notices: 2 })
    expect(counts(absences(listAt('Riverside Clinic', { MedicationRequest: away })))).toMatchObject({
      one: 0,
      clinic: 1,
    })
  })

  it('in “Who read it”, where they leave no empty heading', () => {
    const logAt = (name: string, problem: Problem) => ({
      connection: connectionWith(name),
      ...{
        pages: [],
        pending: false,
        isRestarting: false,
        problem,
        retry: nothing,
        restart: nothing,
        loadMore: nothing,
      },
    })
    const logs = [logAt('Riverside Clinic', away), logAt('Pulse Devices', away), logAt('Withings', refusal)]
    const html = renderToString(h(LogVerdicts, { alone: false, logs: logs as never }))
    expect(counts(html)).toEqual({ one: 1, clinic: 1, notices: 2, again: 2 })
    expect(html.match(/<strong>/g)).toHaveLength(1)
  })
})
