import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import type { LogProof, NotComplete } from '../../../extension/messages/log-entries.ts'
import { LogProofLine } from '../../../extension/who-read/log-proof.tsx'
import type { ReadPage } from '../../../extension/who-read/use-checked-logs.ts'

const proven = (many: number, pending = 0) => ({
  at: Date.parse('2026-11-01T12:00:00Z'),
  proven: many,
  pending,
})
const complete = (many: number, pending = 0): LogProof => ({ outcome: 'complete', ...proven(many, pending) })
const genuine = (why: NotComplete): LogProof => ({ outcome: 'genuine', why, ...proven(40) })
const alarm: LogProof = { outcome: 'alarm', reason: 'gap' }

const lineOf = (...pages: Partial<ReadPage>[]): string =>
  renderToString(
    h(LogProofLine, {
      pages: pages.map((page) => ({ readAt: 0, entries: [], check: '1', ...page })),
      organization: 'Riverside Clinic',
      onRetry: () => undefined,
      onReadOn: () => undefined,
    }),
  )

describe('the sentence on a proven log', () => {
  it('says how many entries are proven while others wait', () => {
    const line = lineOf({ proof: complete(36, 4) })
    expect(line).toContain('36 of 40 entries are proven against the checkpoint of')
    expect(line).toContain('The newest 4 wait for the next checkpoint.')
    expect(line).not.toContain('Every entry')
  })

  it('says “every entry” only if none waits, and only if the list is complete', () => {
    expect(lineOf({ proof: complete(40) })).toContain('Every entry is proven against the checkpoint of')
    expect(lineOf({ proof: complete(40) })).toContain('is left out.')
  })

  it('J51 says that earlier entries were erased, and not that nothing is left out, if the list reaches back behind an erasure', () => {
    const erased: LogProof = {
      ...{ outcome: 'complete', ...proven(40) },
      erasure: { at: '2026-11-01T12:00:00Z' },
    }
    const line = lineOf({ proof: erased })
    expect(line).toContain('Every entry is proven against the checkpoint of')
    expect(line).toMatch(/none is missing here\. Earlier ones were erased; the log dates that to 1 Nov 2026/)
    expect(line).not.toContain('left out')
  })

  it.each([
    ['scope', 'because Carekey is allowed to read only a part of this log'],
    ['filter', 'in a filtered list'],
    ['patients', 'in a list about several patients'],
    ['unread', 'Whether any older entries are left out is not known yet'],
    ['open', 'At least one newer entry is not on this list'],
    ['lost-reads', 'it no longer has all of its own reads'],
  ] as const)('J51 J52 says why nobody can tell whether entries are left out: %s', (why, words) => {
    const line = lineOf({ proof: genuine(why) })
    expect(line).toContain('These entries are proven against the checkpoint of')
    expect(line).toContain(words)
    expect(line).not.toMatch(/Every entry|Nothing from/)
  })

  it('J51 of several pages is that of the last one, unless one of them is an alarm', () => {
    const pages = [{ proof: genuine('unread') }, { proof: complete(20) }]
    expect(lineOf(...pages)).toContain('Every entry is proven')
    expect(lineOf(...pages.toReversed())).not.toContain('Every entry')
    expect(lineOf({ proof: alarm }, ...pages)).toContain('Do not rely on this log')
  })

  it('J51 is not given while the list is being read, and offers to read on if it was not read to its end', () => {
    expect(lineOf({ proof: genuine('unread'), readsOn: true, next: 'more' })).toContain('Checking this log')
    expect(lineOf({ proof: genuine('unread'), next: 'more' })).toContain('Read on')
    expect(lineOf({ proof: complete(20), isRead: true, next: 'more' })).not.toContain('Read on')
  })

  it('J51 does not say that nothing was read by anybody if the list only goes on', () => {
    const none: LogProof = { outcome: 'genuine', why: 'unread', at: 0, proven: 0, pending: 0 }
    expect(lineOf({ proof: none, next: 'more' })).toContain('No entry has been listed so far')
  })
})
