import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import type { AccessEntry, LogProof } from '../../../extension/messages/log-entries.ts'
import type { PatientPage } from '../../../extension/messages/patients.ts'
import type { RecordList } from '../../../extension/messages/record-lists.ts'
import { LogStatement } from '../../../extension/popup/log/log-statement.tsx'
import { LogVerdicts } from '../../../extension/popup/log/log-verdicts.tsx'
import type { LogAt } from '../../../extension/popup/log/merged-log.ts'
import { SearchEnd } from '../../../extension/popup/search/search-end.tsx'
import { NothingRecorded } from '../../../extension/record/lists/list-absence.tsx'
import { VitalRow } from '../../../extension/record/vitals/vital-row.tsx'
import { absent, type SoFar } from '../../../extension/ui/words/absent.ts'
import { exactly } from '../../../extension/ui/words/dates.ts'
import { kindWords } from '../../../extension/who-read/access-words.ts'
import { connectionWith } from '../../fixtures/connection.ts'

const whole: SoFar = { pending: false, value: { cut: false } }
const parts: [string, SoFar][] = [
  ['that is pending', { ...whole, pending: true }],
  ['that has not come', { pending: false }],
  ['that failed', { ...whole, problem: { code: 'server-failed' } }],
  ['that is cut', { pending: false, value: { cut: true } }],
  ['that leaves something out', { pending: false, value: { cut: false, omitted: 1 } }],
  ['with texts that are cut', { pending: false, value: { cut: false, shortened: true } }],
  ['that a grant limits', { pending: false, value: { cut: false, limited: true } }],
  ['that is a copy', { pending: false, value: { cut: false, copyBecause: { code: 'unreachable' } } }],
]
const nothing = () => undefined

describe('an absence is not said', () => {
  it.each(parts)('of any answer %s', (_what, part) => {
    expect(absent([whole], 'nothing_recorded')).toBe('nothing recorded')
    for (const answers of [[part], [whole, part], [part, whole]])
      expect(absent(answers, 'nothing_recorded')).toBeUndefined()
  })

  it('of nobody', () => {
    expect(absent([], 'nothing_recorded')).toBeUndefined()
  })

  it.each(parts)('by a row of vital signs of several organizations, one with an answer %s', (_what, part) => {
    const card = (...answers: SoFar[]) =>
      renderToString(
        h(VitalRow, { kind: 'weight', points: [], answers, missing: [], isLong: false, onOpen: nothing }),
      )
    expect(card(whole, whole)).toContain('nothing recorded')
    expect(card(whole, part)).toBe('')
  })

  it('by a list of an empty copy', () => {
    const list = (...answers: Partial<RecordList>[]) =>
      renderToString(
        h(NothingRecorded, {
          name: 'conditions',
          list: {
            ...{ connection: connectionWith('Riverside Clinic'), patient: 'p', refusedTypes: [] },
            answers: answers.map((more) => ({
              ...{ type: 'Condition' as const, pending: false, retry: nothing },
              value: { entries: [], cut: false, readAt: 0, ...more },
            })),
          },
        }),
      )
    expect(list({})).toContain('No conditions on file at Riverside Clinic')
    expect(list({ omitted: 1 })).toContain('Riverside Clinic has recorded nothing else')
    expect(list({ cut: true })).toBe('')
    expect(list({ limited: true })).toBe('')
    expect(list({ omitted: 1, limited: true })).toBe('')
    expect(list({ copyBecause: { code: 'unreachable' } })).toBe('')
    expect(list({}, { copyBecause: { code: 'unreachable' } })).toContain('has recorded nothing else')
    expect(list({}, { limited: true })).toBe('')
  })

  it.each<[string, Partial<PatientPage>]>([
    ['has a total of 7', { total: 7 }],
    ['has another page', { next: 'https://records.example/fhir/Patient?page=2' }],
    ['links to another organization', { warning: { code: 'foreign-link' } }],
    ['left somebody out', { omitted: 1 }],
  ])('by a search that says it found more: it %s', (_what, more) => {
    const found = (page: Partial<PatientPage>) =>
      renderToString(
        h(SearchEnd, {
          ...{ query: { family: 'Doe' }, organization: 'Riverside Clinic', pending: false },
          pages: [{ patients: [], ...page }],
        }),
      )
    expect(found({ total: 0 })).toContain('was found among those whom you may see at Riverside Clinic')
    expect(found(more)).not.toContain('No patient')
  })
})

it('a search that found some says why the others are missing', () => {
  const patient = { id: '1', name: 'Jane Doe', identifiers: [] }
  const end = (more: Partial<PatientPage>) =>
    renderToString(
      h(SearchEnd, {
        ...{ query: { family: 'Doe' }, organization: 'Riverside Clinic', pending: false },
        pages: [{ patients: [patient], ...more }],
      }),
    )
  expect(end({ total: 1 })).toBe('')
  expect(end({ total: 7, next: 'x' })).toBe('')
  expect(end({ total: 7 })).toContain('Riverside Clinic says that there is more, but not how to read it.')
  expect(end({ warning: { code: 'foreign-link' } })).toContain('The next page is outside Riverside Clinic')
  expect(end({ warning: { code: 'list-too-long' } })).toContain('Carekey reads no more of it')
})

describe('of an access log', () => {
  const at = '2026-11-24T07:00:00Z'
  const entries: AccessEntry[] = [
    { id: '1', recorded: at, kind: 'read', outcome: 'success', who: 'John Doe', by: 'you', isNew: false },
  ]
  const proof = { outcome: 'complete', count: 1, since: at, leftOut: false } as unknown as LogProof
  const clinic = connectionWith('Riverside Clinic')
  const devices = connectionWith('Pulse Devices')
  const logAt = (connection: typeof clinic, more = {}): LogAt => ({
    ...{
      connection,
      pending: false,
      isRestarting: false,
      loadMore: nothing,
      retry: nothing,
      restart: nothing,
    },
    pages: [{ entries, readAt: Date.now(), check: '1', proof, ...more }],
  })

  describe('the statement above the list', () => {
    const lee = { id: '2', recorded: at, kind: 'read', who: 'Dr. Lee', by: 'others', outcome: 'success' }
    const statementOf = (logs: LogAt[], everywhere: (typeof clinic)[]) =>
      renderToString(h(LogStatement, { logs, everywhere }))
        .replaceAll(/<[^>]+>/g, '')
        .replaceAll(/ +/g, ' ')
        .trim()
    const statement = (...logs: LogAt[]) =>
      statementOf(
        logs,
        logs.map(({ connection }) => connection),
      )
    const says = (row: object, outcome: string, more: object = {}) =>
      statement(logAt(clinic, { entries: [{ ...lee, ...row }], proof: { ...proof, outcome, ...more } }))
    const read = (who: string, recorded: string, more: object = {}) => ({
      ...{ ...lee, id: `${who} ${recorded}`, who, agentKey: who, recorded },
      ...more,
    })
    it('names who read the record since the last look, and counts what was refused', () => {
      expect(says({ isNew: true }, 'genuine')).toBe('Riverside Clinic: “Dr. Lee” read your record.')
      expect(says({ isNew: true, outcome: 'refused' }, 'genuine')).toBe(
        'Riverside Clinic: One request was refused.',
      )
    })
    it.each(['Dr. Lee', 'Nobody', 'No One Else', 'Only You', 'Nadie', 'Solo Usted', 'Riverside Clinic'])(
      'makes a name from outside no words of its own: %s',
      (who) => {
        const seen = read(who, at)
        const isNew = { ...seen, isNew: true }
        for (const entry of [seen, isNew])
          expect(statement(logAt(clinic), logAt(devices, { entries: [entry] }))).toMatch(
            RegExp(`^Pulse Devices: (Last read by “${who}”, |“${who}” read your record\\.$)`),
          )
      },
    )
    it('says that a reader has no name', () => {
      expect(says({ who: '', isNew: true }, 'genuine')).toBe(
        'Riverside Clinic: somebody not named read your record.',
      )
    })
    it('says of all organizations that nobody else read only with all logs of the person on the page', () => {
      expect(statement(logAt(clinic))).toMatch(/^Nobody but you since/)
      expect(statement(logAt(clinic), logAt(devices))).toMatch(/^Nobody but you since/)
      expect(statementOf([logAt(clinic)], [clinic, devices])).toMatch(
        /^Riverside Clinic: Nobody but you since/,
      )
      const refused = read('Heart Coach', at, { outcome: 'refused' })
      expect(statement(logAt(clinic, { entries: [refused] }))).toBe('')
    })
    it('says that all was only in the name of the person where somebody else may have used it', () => {
      const words = /^Only in your name since/
      const [own] = entries
      const beside = (more: object) =>
        statement(logAt(clinic, { entries: [...entries, { ...own, id: '2', ...more }] }))
      for (const by of ['elsewhere', 'unsure'])
        for (const kind of Object.keys(kindWords))
          expect(beside({ by, kind }), `${kind} ${by}`).toMatch(words)
      const kinds = [
        'read',
        'search',
        'proof',
        'authorize',
        'account',
        'sign-in',
        'consent',
        'token',
        'revoke',
      ]
      for (const kind of [...Object.keys(kindWords), 'of-tomorrow'])
        expect(beside({ by: 'you', kind }), kind).toMatch(
          kinds.includes(kind) ? /^Nobody but you since/ : words,
        )
      expect(statement(logAt(clinic, { own: { foreign: [own?.id], missing: [] } }))).toMatch(words)
      expect(statement(logAt(clinic, { own: { foreign: [], missing: [] } }))).toMatch(/^Nobody but you since/)
    })
    it('says who was last at each organization that names somebody, whatever another one claims', () => {
      const both = [
        logAt(clinic, { entries: [read('Dr. Lee', '2026-11-21T07:00:00Z'), ...entries] }),
        logAt(devices, { entries: [read('Friendly Nurse', at), ...entries] }),
      ]
      expect(statement(...both)).toContain('Riverside Clinic: Last read by “Dr. Lee”')
      expect(statement(...both)).toContain('Pulse Devices: Last read by “Friendly Nurse”')
    })
    describe('says who was last of all organizations only as far back as all logs are known', () => {
      const seen = read('Dr. Lee', '2026-11-21T07:00:00Z')
      const own = (recorded: string) => ({ ...entries[0], id: recorded, recorded })
      const lee = /^Riverside Clinic: Last read by “Dr\. Lee”, [^:]+\.$/
      const leeAlone = logAt(clinic, { entries: [seen] })
      const since = (recorded: string) =>
        RegExp(`Pulse Devices: Nobody but you since ${exactly(recorded)}\\.$`)
      it('which may be later than the last access that a page names', () => {
        const page = { entries: [own('2026-11-30T07:00:00Z'), own('2026-11-29T07:00:00Z')], next: 'more' }
        const said = statement(leeAlone, logAt(devices, page))
        expect(said).toMatch(/^Riverside Clinic: Last read by “Dr\. Lee”, /)
        expect(said).toMatch(since('2026-11-29T07:00:00Z'))
        const whole = { entries: [...page.entries, own('2026-11-20T07:00:00Z')] }
        expect(statement(leeAlone, logAt(devices, whole))).toMatch(lee)
      })
      const eve = logAt(devices, { entries: [read('Eve', at)] })
      it.each<[string, LogAt[]]>([
        ['signed out', []],
        ['being read', [{ ...eve, pending: true }]],
        ['out of reach', [{ ...eve, problem: { code: 'unreachable' } }]],
      ])('and only of the one whose log is known beside one that is %s', (_state, others) => {
        const known = logAt(clinic, { entries: [seen, own('2026-11-20T07:00:00Z')] })
        expect(statementOf([known, ...others], [clinic, devices])).toMatch(lee)
      })
      it('and not after a refresh that failed', () => {
        expect(statement({ ...leeAlone, problem: { code: 'unreachable' } })).toBe('')
        expect(statement({ ...leeAlone, pending: true })).toBe('')
      })
    })
    describe('says nothing of now', () => {
      const minutes = (count: number) => Date.now() + count * 60_000
      const announcing = (change: Partial<typeof clinic>) => connectionWith('Riverside Clinic', change)
      const one = { newAccesses: { count: 1, more: false } }
      const emptied = (log: LogAt) => renderToString(h(LogVerdicts, { logs: [log], alone: true }))

      it('that was read more than minutes ago, by a clock that may be set', () => {
        for (const seen of [entries, [lee]]) {
          for (const ago of [-4, 4])
            expect(statement(logAt(clinic, { entries: seen, readAt: minutes(ago) }))).not.toBe('')
          for (const ago of [-6, 6])
            expect(statement(logAt(clinic, { entries: seen, readAt: minutes(ago) }))).toBe('')
        }
        const lists = (readAt: number) => emptied(logAt(clinic, { entries: [], readAt }))
        expect(lists(minutes(-4))).toContain('Riverside Clinic lists no accesses.')
        expect(lists(minutes(-6))).not.toContain('lists no accesses')
      })

      it.each<[string, Partial<typeof clinic>]>([
        ['a new access', one],
        ['an erasure', { newAccesses: { count: 0, more: false, erasures: 1 } }],
        ['accesses that nobody could count', { newAccesses: { count: 0, more: true } }],
        ['an alarm', { logAlarm: true }],
        ['a fork', { logForked: true }],
        ['a missing read', { readsMissing: true }],
      ])('once the toolbar announces %s that the page does not show', (_what, change) => {
        expect(statement(logAt(announcing(change)))).toBe('')
        expect(emptied(logAt(announcing(change), { entries: [] }))).not.toContain('lists no accesses')
      })

      it('until it is read again, also if the announcement ends because another page showed it', () => {
        const pages = logAt(clinic).pages
        expect(statement({ ...logAt(clinic), pages })).toMatch(/^Nobody but you since/)
        expect(statement({ ...logAt(announcing(one)), pages })).toBe('')
        expect(statement({ ...logAt(clinic), pages })).toBe('')
        expect(statement(logAt(clinic))).toMatch(/^Nobody but you since/)
      })

      it('but what the page itself shows, or has yet to judge, takes nothing back', () => {
        const signIn = { ...entries[0], by: 'elsewhere', kind: 'sign-in', isNew: true }
        expect(statement(logAt(announcing(one), { entries: [signIn] }))).toMatch(/^Only in your name since/)
        const pages = logAt(clinic, { proof: undefined }).pages
        expect(statement({ ...logAt(announcing(one)), pages })).toBe('')
        for (const page of pages) Object.assign(page, { proof })
        expect(statement({ ...logAt(clinic), pages })).toMatch(/^Nobody but you since/)
      })
    })
    it('names the last reader, however often others read before', () => {
      const often = ['A', 'B', 'C'].flatMap((letter) =>
        ['1', '2'].map((day) => read(`Dr. ${letter}`, `2026-11-0${day}T07:00:00Z`)),
      )
      expect(statement(logAt(clinic, { entries: [read('Eve', at), ...often] }))).toContain(
        'Last read by “Eve”,',
      )
    })
    it('J55 gives each organization a line of its own, which names each reader once and counts the others', () => {
      const isNew = { isNew: true }
      const invented = ['A', 'B', 'C', 'D'].map((letter) => read(`Dr. ${letter}`, at, isNew))
      const honest = [read('Eve', '2026-11-23T07:00:00Z', isNew), read('Eve', '2026-11-22T07:00:00Z', isNew)]
      const refused = { ...read('Eve', at, isNew), id: 'refused', outcome: 'refused' }
      const both = [logAt(devices, { entries: invented }), logAt(clinic, { entries: [...honest, refused] })]
      expect(statement(...both)).toMatch(
        /^Pulse Devices: “Dr\. A”, “Dr\. B”, “Dr\. C”,? and 1 more read your record\. Riverside Clinic: “Eve” read your record\. One request was refused\.$/,
      )
    })
    it('says who was last only if no entry was erased or is dated ahead', () => {
      const erased = read('Erased', at, { erased: true })
      const ahead = read('Nurse', '2999-01-01T00:00:00Z')
      for (const entry of [erased, ahead])
        expect(statement(logAt(clinic, { entries: [entry, read('Eve', at)] }))).toBe('')
    })
    it('names nobody on the word of a log that failed its check', () => {
      expect(says({ isNew: true }, 'alarm')).toBe('')
    })
    it('says who was last only where no later entry can be missing', () => {
      expect(says({}, 'complete')).toContain('Last read by “Dr. Lee”,')
      for (const why of ['unread', 'scope', 'open', 'filter', 'patients'])
        expect(says({}, 'genuine', { why })).toBe('')
      expect(says({}, 'unprovable')).toBe('')
    })
  })

  it('a log that ends early is not called empty', () => {
    const verdict = (more: object) =>
      renderToString(h(LogVerdicts, { logs: [logAt(clinic, { entries: [], ...more })], alone: true }))
    expect(verdict({})).toContain('Riverside Clinic lists no accesses.')
    for (const more of [{ next: 'x' }, { warning: { code: 'foreign-link' } }])
      expect(verdict(more)).not.toContain('lists no accesses')
  })
})
