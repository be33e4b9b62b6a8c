import { describe, expect, it } from 'vitest'
import type { AccessEntry, AccessPage } from '../../../extension/messages/access-log.ts'
import type { Connection } from '../../../extension/messages/state.ts'
import { type LogAt, mergeLogs } from '../../../extension/popup/merged-log.ts'

const at = (hour: number) => new Date(Date.UTC(2026, 10, 24, hour)).toISOString()

const entry = (hour: number, who = 'John Doe'): AccessEntry => ({
  id: `${who}-${hour}`,
  recorded: at(hour),
  kind: 'read',
  outcome: 'success',
  who,
  byOthers: who !== 'John Doe',
  isNew: false,
})

const page = (entries: AccessEntry[], more: Partial<AccessPage> = {}): AccessPage => ({
  entries,
  check: '1',
  ...more,
})

const logAt = (id: string, ...pages: AccessPage[]): LogAt => ({
  connection: { id, person: { name: 'John Doe', role: 'patient' } } as Connection,
  pages,
  pending: false,
  more: () => undefined,
  again: () => undefined,
  anew: () => undefined,
})

const shown = (logs: LogAt[]) =>
  mergeLogs(logs).rows.map(({ connection, entry: { recorded } }) => [connection.id, recorded])

describe('the logs of several organizations', () => {
  it('are one list, newest first', () => {
    const logs = [logAt('a', page([entry(9), entry(5)])), logAt('b', page([entry(7)]))]
    expect(shown(logs)).toEqual([
      ['a', at(9)],
      ['b', at(7)],
      ['a', at(5)],
    ])
    expect(mergeLogs(logs).behind).toBeUndefined()
  })

  it('end where one of them goes on, which is read further first', () => {
    const logs = [
      logAt('a', page([entry(9), entry(5)])),
      logAt('b', page([entry(8), entry(7)], { next: 'more' })),
    ]
    expect(shown(logs)).toEqual([
      ['a', at(9)],
      ['b', at(8)],
      ['b', at(7)],
    ])
    expect(mergeLogs(logs).behind?.connection.id).toBe('b')
  })

  it('do not wait for one that has not come', () => {
    expect(shown([logAt('a', page([entry(9)])), logAt('b')])).toEqual([['a', at(9)]])
  })
})

describe('an entry', () => {
  it('is marked where it is of oneself and yet from another browser', () => {
    const entries = [entry(9), entry(8, 'Dr. Lee'), entry(7)]
    const { rows } = mergeLogs([logAt('a', page(entries, { own: { foreign: ['John Doe-7'], missing: [] } }))])
    expect(rows.map(({ foreign }) => foreign)).toEqual([false, false, true])
  })
})
