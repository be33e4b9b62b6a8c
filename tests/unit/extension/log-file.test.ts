import { describe, expect, it } from 'vitest'
import { logSearches } from '../../../extension/access-log/entries/log-filter.ts'
import type { AccessEntry, LogProof } from '../../../extension/messages/log-entries.ts'
import { cutWords, doubtWords, toCsv } from '../../../extension/options/log/save-log.tsx'

const entry: AccessEntry = {
  id: '1',
  recorded: '2026-11-24T10:00:00.000Z',
  kind: 'search',
  outcome: 'success',
  who: 'John Doe',
  by: 'you',
  isNew: false,
}
const rows = (...entries: AccessEntry[]) => toCsv(entries, []).slice(1).split('\r\n')

describe('the log as a table', () => {
  it('names its columns, and leaves a cell empty if the entry has no value for it', () => {
    expect(toCsv([entry], []).startsWith('\ufeff')).toBe(true)
    expect(rows(entry)).toEqual([
      '"recorded","kind","outcome","who","application","what","patient","requests","imported","erased","id"',
      '"2026-11-24T10:00:00.000Z","search","success","John Doe","","","","","","","1"',
      '',
    ])
  })

  it('says that it does not hold the whole log, and why', () => {
    const lastRow = (cut?: 'full' | 'unfinished') =>
      toCsv([entry], cutWords(cut, 'Riverside Clinic')).split('\r\n').at(-2)
    expect(lastRow('full')).toMatch(/,"One file holds at most 2,?000\. Filter by dates to get the rest\."$/)
    expect(lastRow('unfinished')).toMatch(/,"Riverside Clinic did not send the whole list\."$/)
    expect(lastRow()).toBe(rows(entry)[1])
  })

  it('says that it is not to be relied on, by the worst of its pages', () => {
    const genuine: LogProof = { outcome: 'complete', at: 0, proven: 1, pending: 0 }
    const words = (...proofs: LogProof[]) => doubtWords(proofs, 'Riverside Clinic')
    expect(words(genuine)).toEqual([])
    expect(words(genuine, { outcome: 'unprovable' }, genuine)).toEqual([
      'This organization’s log cannot be proven.',
    ])
    expect(words({ outcome: 'unprovable' }, { outcome: 'alarm', reason: 'altered' })).toEqual([
      'Do not rely on this log, and ask Riverside Clinic about it.',
    ])
    expect(words({ outcome: 'unchecked', problem: { code: 'unreachable' } })).toEqual([
      expect.stringMatching(/^This log could not be checked/),
    ])
  })

  it('quotes characters that would end a cell', () => {
    expect(rows({ ...entry, who: 'Doe, "John"' })[1]).toContain(',"Doe, ""John""",')
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t1', '\r1', ' =1', '|calc'])(
    'keeps a spreadsheet from reading %j as a formula',
    (who) => {
      expect(toCsv([{ ...entry, who }], [])).toContain(`,"'${who}",`)
    },
  )
})

describe('a filter of the log', () => {
  it('becomes search parameters of AuditEvent', () => {
    const filter = {
      patient: 'Patient/2',
      agent: 'Practitioner/lee',
      kind: 'read',
      outcome: 'failed',
    } as const
    expect(logSearches(filter)).toEqual([
      { patient: 'Patient/2', agent: 'Practitioner/lee', subtype: 'read', outcome: '8,12', date: [] },
    ])
  })

  it.each([
    ['Dr. Lee', ['Lee']],
    ['DOE, John', ['DOE', 'John']],
    ['María de la O', ['María', 'de', 'la', 'O']],
    ["J. O'Neil-Smith", ['J', "O'Neil-Smith"]],
    ['Abe604 Bergnum523', ['Abe604', 'Bergnum523']],
    ['Dr. Dr.', ['Dr', 'Dr']],
  ])('reads %j as the words of a name', (text, words) => {
    expect(logSearches({ patient: text, agent: text })).toEqual([
      expect.objectContaining({ 'patient.name': words, 'agent-name': words }),
    ])
  })

  it('tries a single word first as a name, then as an id', () => {
    const searches = logSearches({ patient: 'john', agent: 'morgan-lee' })
    expect(searches).toEqual([
      expect.objectContaining({ 'patient.name': ['john'], 'agent-name': ['morgan-lee'] }),
      expect.objectContaining({ 'patient.name': ['john'], agent: 'morgan-lee' }),
      expect.objectContaining({ patient: 'john', 'agent-name': ['morgan-lee'] }),
      expect.objectContaining({ patient: 'john', agent: 'morgan-lee' }),
    ])
  })

  it('tries a number as it is printed after the id, in the forms in which it may be recorded', () => {
    expect(logSearches({ patient: '112130' })).toEqual([
      expect.objectContaining({ patient: '112130' }),
      expect.objectContaining({ 'patient.identifier': '112130' }),
    ])
    const [{ 'patient.identifier': forms } = {}, ...more] = logSearches({ patient: 'MR 112130' })
    expect(more).toEqual([])
    expect(String(forms).split(',')).toEqual(expect.arrayContaining(['112130', 'MR 112130']))
    expect(logSearches({ agent: '112130' })).toEqual([expect.objectContaining({ agent: '112130' })])
  })

  it('includes both days, in the time zone of this browser', () => {
    const [{ date } = {}] = logSearches({ from: '2026-03-28', to: '2026-03-29' })
    expect(date).toEqual([
      `ge${new Date(2026, 2, 28).toISOString()}`,
      `lt${new Date(2026, 2, 30).toISOString()}`,
    ])
  })

  it.each([
    [{ patient: '2,3' }, 'patient'],
    [{ agent: 'lee|x' }, 'agent'],
    [{ agent: 'lee$x' }, 'agent'],
    [{ agent: 'lee\\,x' }, 'agent'],
    [{ patient: '?' }, 'patient'],
    [{ patient: 'a b c d e f g h i j k' }, 'patient'],
    [{ agent: 'https://evil.test/Practitioner/1' }, 'agent'],
    [{ from: '24.11.2026' }, 'from'],
    [{ to: '2026-13-01' }, 'to'],
  ])('that is invalid is refused with its field: %j', (filter, field) => {
    expect(() => logSearches(filter)).toThrow(
      expect.objectContaining({ code: 'invalid-input', details: { field } }),
    )
  })
})
