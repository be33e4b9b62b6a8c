import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import type { AccessEntry } from '../../../extension/messages/log-entries.ts'
import { LogTable } from '../../../extension/options/log/log-table.tsx'

const entry = (minute: number, more: Partial<AccessEntry> = {}): AccessEntry => ({
  id: `entry-${minute}`,
  recorded: new Date(Date.UTC(2026, 10, 24, 9, minute)).toISOString(),
  kind: 'search',
  outcome: 'success',
  who: 'Dr. Lee',
  application: 'Carekey',
  agentKey: 'lee',
  what: 'Observation?patient=jane',
  patient: 'jane',
  by: 'others',
  isNew: false,
  ...more,
})

/** The lines of the table, each as its text. */
const linesOf = (...entries: AccessEntry[]): string[] =>
  renderToString(h(LogTable, { entries, proofs: [], organization: 'Riverside Clinic' }))
    .split('<tr>')
    .slice(2)
    .map((row) => row.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' '))

describe('in the table of the access log', () => {
  const condition = { what: 'Condition?patient=jane' }
  const { patient: _nobody, what: _nothing, ...token } = entry(2, { kind: 'token' })

  it('the technical reads of one visit are one line, which names the data and the patient', () => {
    const lines = linesOf(entry(4, condition), entry(3), token, entry(1))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('vital signs')
    expect(lines[0]).toContain('conditions')
    expect(lines[0]).toContain('4 entries')
    expect(lines[0]).toContain('jane')
    expect(lines[0]).not.toMatch(/access given/i)
    expect(lines[0]).not.toContain('Observation?')
  })

  it('the reads of two patients are two lines, even if they alternate', () => {
    const john = { patient: 'john', what: 'Observation?patient=john' }
    const lines = linesOf(entry(4, john), entry(3, john), token, entry(1), entry(0))
    expect(lines.map((line) => /\d entries/.exec(line)?.[0])).toEqual(['3 entries', '2 entries'])
  })

  it('the reads of two days are two lines, in whichever order the organization lists them', () => {
    const days = [entry(-3000), entry(4), entry(-6000)]
    expect(linesOf(...days)).toHaveLength(3)
    expect(linesOf(...days.toReversed())).toHaveLength(3)
  })

  it('a single read, a refused read and a consent are shown as they were recorded', () => {
    const lines = linesOf(entry(4, { outcome: 'refused' }), entry(3, { kind: 'consent' }), entry(2))
    expect(lines).toHaveLength(3)
    expect(lines[2]).toContain(
      'Search · vital signs and results As it was requested Observation?patient=jane',
    )
  })

  it('the application that was changed, and the account whose password was tried, are named in the line', () => {
    const [removed, registered, guessed] = linesOf(
      entry(3, { kind: 'register', change: 'removed', what: 'Chart Viewer (abc)' }),
      entry(2, { kind: 'register', what: 'Open Viewer (def)' }),
      entry(1, { kind: 'sign-in', outcome: 'refused', ending: 'wrong-password', what: 'Dr. Lee (a1)' }),
    )
    expect(removed).toContain('Application removed · “Chart Viewer (abc)”')
    expect(registered).toContain('Registration of an application · “Open Viewer (def)”')
    expect(guessed).toContain('Wrong password · “Dr. Lee (a1)”')
    for (const line of [removed, registered, guessed]) expect(line).not.toContain('As it was requested')
  })

  it('a patient whose name the entries give is named beside the id', () => {
    const [own, byLee, aboutJohn] = linesOf(
      entry(9, { kind: 'consent', who: 'Jane Doe', agentKey: 'jane', patientName: 'Jane Doe' }),
      entry(5),
      entry(1, { patient: 'john' }),
    )
    for (const line of [own, byLee]) expect(line).toContain('about patient Jane Doe (jane)')
    expect(aboutJohn).toContain('about patient john ')
  })
})
