import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import type { AccessEntry, AccessPage, LogProof } from '../../../extension/messages/log-entries.ts'
import type { Connection } from '../../../extension/messages/state.ts'
import { LogLine } from '../../../extension/popup/log/log-line.tsx'
import {
  allKnownSince,
  countElsewhere,
  countNew,
  isElsewhere,
  isReadBackTo,
  knownSince,
  type LogAt,
  mergeLogs,
  newAccessesIn,
} from '../../../extension/popup/log/merged-log.ts'
import { keyOf, keysOf } from '../../../extension/popup/log/use-seen.ts'

const at = (hour: number) => new Date(Date.UTC(2026, 10, 24, hour)).toISOString()

const entry = (hour: number, who = 'John Doe'): AccessEntry => ({
  id: `${who}-${hour}`,
  recorded: at(hour),
  kind: 'read',
  outcome: 'success',
  who,
  by: who === 'John Doe' ? 'you' : 'others',
  isNew: false,
})

const page = (entries: AccessEntry[], more: Partial<AccessPage> = {}): AccessPage => ({
  entries,
  readAt: Date.now(),
  check: '1',
  ...more,
})

const logAt = (id: string, ...pages: AccessPage[]): LogAt => ({
  connection: { id, person: { name: 'John Doe', role: 'patient' } } as Connection,
  pages,
  pending: false,
  isRestarting: false,
  loadMore: () => undefined,
  retry: () => undefined,
  restart: () => undefined,
})

const isKnown = (log: LogAt) => knownSince(log) !== undefined

const now = Date.parse(at(12))
const merge = (logs: LogAt[], most = 8) => mergeLogs(logs, { most: () => most, now })

const shown = (logs: LogAt[], most?: number) =>
  merge(logs, most).rows.map(({ connection, entry: { recorded } }) => [connection.id, recorded])

/**
 * For each organization whose part of the list ends: when its last shown entry is from, and whether the next one must be fetched.
 */
const ends = (logs: LogAt[], most?: number) =>
  merge(logs, most).ends.map(({ log, lastRow, needsRead }) => [
    log.connection.id,
    new Date(lastRow?.at ?? 0).toISOString(),
    needsRead,
  ])

const many = (count: number, hour: number): AccessEntry[] =>
  Array.from({ length: count }, (_, index) => ({ ...entry(hour), id: `${hour}-${index}` }))

describe('the logs of several organizations', () => {
  it('are one list, newest first', () => {
    const logs = [logAt('a', page([entry(9), entry(5)])), logAt('b', page([entry(7)]))]
    expect(shown(logs)).toEqual([
      ['a', at(9)],
      ['b', at(7)],
      ['a', at(5)],
    ])
    expect(ends(logs)).toEqual([])
  })

  it('say where the part of an organization ends that has more entries', () => {
    const logs = [
      logAt('a', page([entry(9), entry(5)])),
      logAt('b', page([entry(8), entry(7)], { next: 'more' })),
    ]
    expect(shown(logs)).toHaveLength(4)
    expect(ends(logs)).toEqual([['b', at(7), true]])
  })

  it('do not wait for a slow one', () => {
    expect(shown([logAt('a', page([entry(9)])), logAt('b')])).toEqual([['a', at(9)]])
  })

  it('F71 are each shown, however many entries and pages another one has', () => {
    const logs = [
      logAt('evil', page(many(5000, 11), { next: 'more' })),
      logAt('b', page([entry(3), entry(2)])),
    ]
    const rows = shown(logs)
    expect(rows.filter(([id]) => id === 'evil')).toHaveLength(8)
    expect(rows.slice(8)).toEqual([
      ['b', at(3)],
      ['b', at(2)],
    ])
    expect(ends(logs)).toEqual([['evil', at(11), false]])
  })

  it('F71 are each shown beside one that dates its entries in 2099 and never ends', () => {
    const future = { ...entry(1), id: 'future', recorded: '2099-01-01T00:00:00Z' }
    const logs = [logAt('b', page([entry(12), entry(11)])), logAt('evil', page([future], { next: 'more' }))]
    const { rows } = merge(logs)
    expect(rows.map(({ connection, at: time, isDatedAhead }) => [connection.id, time, isDatedAhead])).toEqual(
      [
        ['b', now, false],
        ['evil', now, true],
        ['b', Date.parse(at(11)), false],
      ],
    )
    expect(ends(logs)).toEqual([['evil', at(12), true]])
  })

  it('F71 show new entries first, however often the person has read meanwhile', () => {
    const lee = { ...entry(1, 'Dr. Lee'), isNew: true }
    const logs = [logAt('a', page([...many(20, 11), lee])), logAt('b', page([entry(12)]))]
    expect(shown(logs).slice(0, 3)).toEqual([
      ['a', at(1)],
      ['b', at(12)],
      ['a', at(11)],
    ])
  })

  it('F71 show nothing twice if a list leads back to an earlier page of its own', () => {
    const again = page([entry(9), entry(8)], { next: 'again' })
    expect(shown([logAt('a', again, again, again)])).toEqual([
      ['a', at(9)],
      ['a', at(8)],
    ])
  })

  it('J51 show two texts under one id both, and only a shown line counts as on screen', () => {
    const genuine = { ...entry(8, 'Dr. Lee'), id: entry(9).id }
    const logs = [logAt('a', page([entry(9)]), page([genuine]))]
    const { rows } = merge(logs)
    expect(rows.map((row) => row.entry)).toEqual([entry(9), genuine])
    expect(new Set(rows.map(keysOf)).size).toBe(2)
  })

  it('F71 count as seen only when all new entries have been read', () => {
    const fresh = (hour: number): AccessEntry => ({ ...entry(hour, 'Dr. Lee'), isNew: true })
    const first = page([entry(9), fresh(8)], { next: 'more' })
    expect(newAccessesIn(logAt('a', first))).toEqual({ entries: [fresh(8)], all: false })
    const second = { ...page([fresh(7), entry(6)], { next: 'more' }), isRead: true as const }
    expect(newAccessesIn(logAt('a', first, second))).toEqual({ entries: [fresh(8), fresh(7)], all: true })
  })
})

describe('an entry', () => {
  it('is marked if it is of the same person but another browser', () => {
    const entries = [entry(9), entry(8, 'Dr. Lee'), entry(7)]
    const { rows } = merge([logAt('a', page(entries, { own: { foreign: ['John Doe-7'], missing: [] } }))])
    expect(rows.map(({ isForeign }) => isForeign)).toEqual([false, false, true])
  })
})

describe('a line', () => {
  const lineOf = (entries: AccessEntry[]) =>
    merge([logAt('a', page(entries))])
      .rows.map((row) => renderToString(h(LogLine, { row, alone: true })).replace(/<[^>]+>/g, ' '))
      .join('\n')

  it.each([
    ['you', 'You'],
    ['elsewhere', 'You elsewhere'],
    ['others', 'Others'],
    ['unsure', 'You, perhaps elsewhere'],
  ] as const)('says by whom it is: %s', (by, words) => {
    expect(lineOf([{ ...entry(9), by }])).toContain(` ${words} · `)
  })

  it('has no mark if the access was allowed, because a tick would look like a proof', () => {
    const marks = (entries: AccessEntry[]) =>
      merge([logAt('a', page(entries))]).rows.map((row) =>
        renderToString(h(LogLine, { row, alone: true })).includes('<svg'),
      )
    const visit = { ...entry(9), kind: 'search' as const, agentKey: 'john' }
    expect(marks([entry(9)])).toEqual([false])
    expect(marks([{ ...visit, id: '2' }, visit])).toEqual([false])
    expect(marks([{ ...entry(9), outcome: 'refused' }])).toEqual([true])
    expect(marks([{ ...entry(9), outcome: 'failed' }])).toEqual([true])
    expect(marks([{ ...entry(9), kind: 'consent', outcome: 'refused', ending: 'denied' }])).toEqual([true])
  })

  it('speaks to a patient of themselves', () => {
    const read = { ...entry(9), what: 'Patient/john', agentKey: 'john' }
    expect(lineOf([read])).toContain('who you are')
    expect(lineOf([{ ...read, id: '2' }, read])).toContain('who you are')
  })

  it('blames nobody who is known for a wrong password', () => {
    const attempt = {
      ...{ ...entry(9, ''), kind: 'sign-in' as const, outcome: 'refused' as const },
      ...{ ending: 'wrong-password' as const, application: 'Carekey' },
    }
    expect(lineOf([attempt]).replace(/\s+/g, ' ')).toContain(
      'Refused: Somebody who did not sign in , through Carekey Others · Wrong password',
    )
  })

  it.each([
    ['allowed', 'Consent: allowed Carekey to read'],
    ['narrowed', 'Consent: changed what Carekey may read'],
    ['shortened', 'Consent: changed how long Carekey may read'],
    ['reduced', 'Consent: changed what, and how long, Carekey may read'],
    [undefined, 'Consent'],
  ] as const)('says what was consented: %s', (consent, words) => {
    const consented = { ...entry(9), kind: 'consent' as const, application: 'Carekey' }
    expect(lineOf([{ ...consented, ...(consent && { consent }) }])).toContain(`You · ${words}`)
  })

  it('of a visit names what was read, and how many entries it stands for', () => {
    const read = (hour: number, what: string) => ({
      ...entry(9),
      ...{
        id: what,
        recorded: at(hour),
        kind: 'search' as const,
        what,
        agentKey: 'john',
        application: 'Carekey',
      },
    })
    const line = lineOf([read(9, 'Observation?patient=p'), read(9, 'Condition?patient=p')])
    expect(line).toMatch(/Carekey .* conditions, vital signs and results · +2 entries/)
  })
})

describe('the technical reads of one visit', () => {
  const minutes = (number: number) => new Date(Date.parse(at(11)) - number * 60_000).toISOString()
  /** The accesses of one person through one application, the newest first, some minutes before 11. */
  const visit = (...accesses: [minutes: number, more?: object][]): AccessEntry[] =>
    accesses.map(([before, more]) => ({
      ...entry(11),
      id: `visit-${before}`,
      recorded: minutes(before),
      kind: 'search',
      agentKey: 'john through carekey',
      ...more,
    }))
  const lines = (entries: AccessEntry[], more?: Partial<AccessPage>) =>
    merge([logAt('a', page(entries, more))]).rows.map((row) => 1 + row.folded.length)

  it('are one line', () => {
    expect(lines(visit([0, { kind: 'proof' }], [1], [2, { kind: 'read' }], [5, { kind: 'token' }]))).toEqual([
      4,
    ])
  })

  it('are at most five minutes', () => {
    expect(lines(visit([0], [2], [4], [6], [8], [10]))).toEqual([3, 3])
  })

  it.each<[string, Partial<Record<keyof AccessEntry, unknown>>]>([
    ['refused', { outcome: 'refused' }],
    ['failed', { outcome: 'failed' }],
    ['erased', { agentKey: undefined, erased: true }],
    ['not technical', { kind: 'consent' }],
    ['of an unknown kind', { kind: 'other' }],
    ['a change', { kind: 'write' }],
    ['by somebody else', { agentKey: 'lee through carekey' }],
    ['by somebody who is not identified', { agentKey: undefined }],
    ['under another name', { who: 'Johnny' }],
    ['new', { isNew: true }],
  ])('leave an access out that is %s', (_what, more) => {
    const entries = visit([0], [1, more], [2])
    expect(lines(entries)).toEqual(more.isNew ? [1, 2] : [1, 1, 1])
    expect(lines(visit([0, more], [1, more]))).toEqual(more.isNew || more.who || more.agentKey ? [2] : [1, 1])
  })

  it('leave out an access that was not from this browser, or is dated in the future', () => {
    expect(lines(visit([0], [1], [2]), { own: { foreign: ['visit-1'], missing: [] } })).toEqual([1, 1, 1])
    expect(lines(visit([-120], [-100], [0], [1]))).toEqual([1, 1, 2])
  })

  it('count as one line like other accesses, and are all seen with their line', () => {
    const rows = merge(
      [logAt('a', page(visit(...Array.from({ length: 60 }, (_, n): [number] => [n]))))],
      3,
    ).rows
    expect(rows).toHaveLength(3)
    const [first = expect.fail()] = rows
    expect(keysOf(first).split('\n')).toEqual([first, ...first.folded].map(keyOf))
    expect([first, ...first.folded].map((row) => row.entry.id)).toEqual(
      [0, 1, 2, 3, 4, 5].map((n) => `visit-${n}`),
    )
  })

  it.each([
    ['an organization', 'Dr. Loud'],
    ['an application that the person allowed', 'John Doe'],
  ])('are few and short on the page, and each text is read once, if %s makes thousands', (_what, who) => {
    let readings = 0
    const log = (count: number): LogAt => {
      const entries = Array.from({ length: count }, (_, n): AccessEntry => {
        const [search = expect.fail()] = visit([0, { id: `search-${n}`, who }])
        return Object.defineProperty(search, 'what', {
          enumerable: true,
          get: () => {
            readings++
            return `Observation?code=${'x'.repeat(2000)}`
          },
        })
      })
      return logAt('loud', page(entries))
    }
    const draw = (of: LogAt) => merge([of]).rows.map(keysOf).join('\n')
    const loud = log(3000)
    const drawn = draw(loud)
    for (let again = 0; again < 5; again++) expect(draw(loud)).toBe(drawn)
    expect(readings).toBe(3000)
    expect(drawn.length).toBeLessThan(8 * 100 * 20)
    expect(new Set(merge([loud]).rows.map((row) => 1 + row.folded.length))).toEqual(new Set([100]))
  })
})

describe('the person’s own accesses elsewhere', () => {
  const elsewhere = (hour: number, by: AccessEntry['by'] = 'elsewhere'): AccessEntry => ({
    ...entry(hour),
    by,
  })
  const entries = [
    elsewhere(9),
    { ...elsewhere(8), kind: 'sign-in' as const },
    entry(7),
    elsewhere(6),
    elsewhere(5, 'unsure'),
  ]

  it('are counted since the list was last on screen, whatever they were', () => {
    expect(countElsewhere(logAt('a', page(entries)))).toEqual({ elsewhere: 3, unsure: 1 })
    const seen = { upTo: at(6), at: 0 }
    expect(countElsewhere(logAt('a', page(entries, { seen })))).toEqual({ elsewhere: 2, unsure: 0 })
  })

  it('are as many as the list shows when it is narrowed to them', () => {
    const log = logAt('a', page(entries))
    const { rows } = mergeLogs([log], { most: () => 8, filter: ({ entry: each }) => isElsewhere(each), now })
    const counts = countElsewhere(log)
    expect(rows).toHaveLength(counts.elsewhere + counts.unsure)
  })
})

it('new accesses are counted once, even if a list leads back to an earlier page of its own', () => {
  const again = page([{ ...entry(9, 'Dr. Lee'), isNew: true }, entry(8)], { next: 'again' })
  expect(countNew(logAt('a', again, again))).toEqual({ others: 1, signIns: 0, erasures: 0 })
})

it('J53 J54 new sign-ins in the person’s name, and erasures, are counted apart from accesses by others', () => {
  const signIn: AccessEntry = { ...entry(9), kind: 'sign-in', by: 'elsewhere', isNew: true }
  const lee = { ...entry(8, 'Dr. Lee'), isNew: true }
  const erasure: AccessEntry = { ...entry(7, 'Terminal'), kind: 'erasure', isNew: true }
  const log = logAt('a', page([signIn, lee, erasure]))
  expect(countNew(log)).toEqual({ others: 1, signIns: 1, erasures: 1 })
})

it('the entries read so far reach back to a time only with one that is as old, or at the end of the log', () => {
  const seen = Date.parse(at(7))
  const isRead = (oldest: number, next?: string) =>
    isReadBackTo(logAt('a', page([entry(9), entry(oldest)], next ? { next } : {})), seen)
  expect(isRead(8, 'more')).toBe(false)
  expect(isRead(7, 'more')).toBe(true)
  expect(isRead(8)).toBe(true)
})

describe('accesses by others', () => {
  const proven = { at: 0, proven: 1, pending: 0 }
  const complete: LogProof = { outcome: 'complete', ...proven }
  const provenLog = (id: string, entries: AccessEntry[], more: object = {}) =>
    logAt(id, { ...page(entries, more), proof: complete } as AccessPage)

  it('are known since the latest of the oldest entries of all logs, also of those read to their end', () => {
    const since = (...logs: LogAt[]) =>
      allKnownSince(
        logs,
        ['a', 'b'].map((id) => ({ id })),
      )
    const whole = provenLog('b', [entry(8), entry(7)])
    expect(since(provenLog('a', [entry(9), entry(5)], { next: 'more' }), whole)).toBe(Date.parse(at(7)))
    expect(since(provenLog('a', [entry(9)], { next: 'more' }), whole)).toBe(Date.parse(at(9)))
    // A longer log of one organization changes nothing that is said of another.
    const longer = provenLog('a', [entry(9), { ...entry(1), recorded: '1990-01-01T00:00:00Z' }])
    expect(since(longer, whole)).toBe(Date.parse(at(7)))
    // A log that is not there, has not been read, or holds nothing, says nothing.
    for (const none of [[], [logAt('a')], [provenLog('a', [])], [{ ...longer, pending: true }]])
      expect(since(...none, whole)).toBeUndefined()
  })

  it('J51 are all there are only if every page is proven, and the last one down to what was known', () => {
    const read = (...outcomes: (LogProof | undefined)[]) =>
      isKnown(logAt('a', ...outcomes.map((proof) => ({ ...page([entry(9)]), ...(proof && { proof }) }))))
    const genuine: LogProof = { outcome: 'genuine', why: 'unread', ...proven }
    expect([read(complete), read(genuine, complete)]).toEqual([true, true])
    const alarm: LogProof = { outcome: 'alarm', reason: 'gap' }
    for (const other of [genuine, alarm, { outcome: 'unprovable' } as const, undefined])
      expect(read(complete, other)).toBe(false)
    expect([read(), read(alarm, complete)]).toEqual([false, false])
    expect(isKnown({ ...provenLog('a', [entry(9)]), problem: { code: 'check-interrupted' } })).toBe(false)
    // A complete list does not show what was erased.
    const erased: LogProof = { ...complete, erasure: { at: at(5) } }
    const logWith = (proof: LogProof) => logAt('a', Object.assign(page([entry(9)]), { proof }))
    expect([complete, genuine, erased].map((proof) => isKnown(logWith(proof)))).toEqual([true, false, false])
  })
})
