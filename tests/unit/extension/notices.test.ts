import { describe, expect, it } from 'vitest'
import type { Connection, Flow, State } from '../../../extension/messages/state.ts'
import { noticesOf, type OwnNotices } from '../../../extension/popup/notices.ts'
import { connectionWith } from '../../fixtures/connection.ts'

const now = Date.parse('2026-11-26T14:00:00Z')
const MINUTE = 60_000

const connection = connectionWith

const failedFlow: Flow = {
  providerId: 'pulse',
  purpose: 'record',
  status: 'failed',
  startedAt: now - MINUTE,
  error: { code: 'unreachable' },
}
const undelivered = {
  kind: 'outcome' as const,
  outcome: 'unreachable' as const,
  request: 'sign-out' as const,
  at: now - 2 * MINUTE,
  ended: [connectionWith('pulse')],
}
const failure = {
  kind: 'failure' as const,
  about: 'sign-in',
  problem: { code: 'unreachable' as const },
  organization: 'Pulse Devices',
  at: now - MINUTE,
}

const kinds = (state: Partial<State>, own: Partial<OwnNotices> = {}, open?: Connection) =>
  noticesOf({ connections: [], ...state }, { outcomes: [], failures: [], ...own }, { now, open }).map(
    ({ kind }) => kind,
  )

describe("the popup's notices", () => {
  it('begin with the newest, and keep an undelivered revocation behind a failed sign-in', () => {
    expect(kinds({ flow: failedFlow }, { outcomes: [undelivered] })).toEqual(['flow', 'outcome'])
    expect(
      kinds({ flow: { ...failedFlow, startedAt: now - 3 * MINUTE } }, { outcomes: [undelivered] }),
    ).toEqual(['outcome', 'flow'])
  })

  it('have a separate entry for a failed sign-out, although a sign-in failed in the same way', () => {
    const signOut = { ...failure, about: 'a', organization: 'Riverside Clinic', at: now - 3 * MINUTE }
    expect(kinds({ flow: failedFlow }, { failures: [signOut] })).toEqual(['flow', 'failure'])
    const notices = noticesOf(
      { connections: [] },
      { outcomes: [], failures: [signOut, failure] },
      { now, open: undefined },
    )
    expect(notices).toEqual([failure, signOut])
  })

  it('begin with a sign-in that is under way', () => {
    expect(
      kinds({ flow: { ...failedFlow, status: 'open' } }, { outcomes: [{ ...undelivered, at: now }] }),
    ).toEqual(['flow', 'outcome'])
  })

  it('include grants that could not be revoked', () => {
    const unrevoked = [{ id: 'old', at: 0, organization: 'Pulse Devices' }]
    expect(kinds({ unrevoked, flow: failedFlow })).toEqual(['flow', 'unrevoked'])
  })

  it('stay dismissed for one event, but not for the next', () => {
    const endsAt = now + 4 * MINUTE
    const at = endsAt - 5 * MINUTE
    expect(kinds({ connections: [connection('a', { endsAt })] })).toEqual(['ending'])
    expect(kinds({ connections: [connection('a', { endsAt, noticedAt: at })] })).toEqual([])
    const later = endsAt + MINUTE / 2
    expect(kinds({ connections: [connection('a', { endsAt: later, noticedAt: at })] })).toEqual(['ending'])
  })

  it('put a warning that returns behind all others, however new an organization makes it', () => {
    const returning = connection('evil', { endsAt: now + 4.9 * MINUTE, noticedAt: now - MINUTE })
    const honest = connection('honest', { endsAt: now + MINUTE })
    const unrevoked = [{ id: 'old', organization: 'Pulse Devices', at: 1 }]
    const order = (connections: Connection[]) =>
      noticesOf({ connections, unrevoked }, { outcomes: [], failures: [] }, { now, open: undefined }).map(
        (notice) => (notice.kind === 'ending' ? notice.connection.id : notice.kind),
      )
    expect(order([returning, honest])).toEqual(['honest', 'unrevoked', 'evil'])
    const dismissed = { ...honest, endsAt: now + 2 * MINUTE, noticedAt: now - 4 * MINUTE }
    expect(order([returning, dismissed])).toEqual(['unrevoked', 'honest', 'evil'])
    expect(order([{ ...returning, noticedAt: 0 }, honest])).toEqual(['evil', 'honest', 'unrevoked'])
  })

  const john = {
    patient: { id: 'john-doe', name: 'John Doe', birthDate: '1970-02-03', identifiers: [] },
    samePerson: 'john',
  }
  const open = connection('open', john)
  const drLee = connection('lee', { person: { name: 'Dr. Lee', role: 'clinician' } })
  // A connection that ended has no patient.
  const undeclared = { signedIn: false, endedBy: 'organization', endedAt: now - MINUTE } as const
  const ended = { ...undeclared, samePerson: 'john' }

  it('say that an organization names another patient than before, until that is dismissed', () => {
    const changed = { anotherPatient: true, signedInAt: now } as const
    expect(kinds({ connections: [connection('a', changed)] })).toEqual(['another-patient'])
    expect(kinds({ connections: [connection('a', { ...changed, noticedAt: now })] })).toEqual([])
  })

  it('tell of a sign-out when the list does, and still when the person has signed in again', () => {
    const before = connection('pulse', { signedInAt: now - MINUTE })
    const told = (pulse: Connection) =>
      kinds({ connections: [pulse] }, { outcomes: [{ ...undelivered, ended: [before] }] })
    expect(told(before)).toEqual([])
    expect(told({ ...before, signedIn: false })).toEqual(['outcome'])
    expect(told({ ...before, signedInAt: now })).toEqual(['outcome'])
  })

  it("say nothing of a person's connection on the page of another person", () => {
    const ending = { ...john, endsAt: now + MINUTE }
    const failed = { ...failure, about: 'b' }
    const unrevoked = [
      { id: 'u', at: 0, organization: 'Pulse Devices', person: 'John Doe', connectionId: 'a' },
    ]
    const state = { connections: [connection('a', ended), connection('b', ending), drLee], unrevoked }
    const own = { failures: [failed], outcomes: [{ ...undelivered, ended: [connection('c', john)] }] }
    const anywhere = ['ending', 'failure', 'outcome', 'unrevoked']
    expect(kinds(state, own, open).toSorted()).toEqual(anywhere)
    expect(kinds(state, own, drLee)).toEqual([])
    expect(kinds({ connections: [connection('a', undeclared), drLee], unrevoked }, {}, drLee)).toEqual([])
    expect(kinds(state, own).toSorted()).toEqual(anywhere)
    // Of a removed connection nothing is known, so the notice names nobody.
    expect(
      kinds({ connections: [drLee], unrevoked: [{ id: 'u', at: 0, organization: 'P' }] }, {}, drLee),
    ).toEqual(['unrevoked'])
  })
})
