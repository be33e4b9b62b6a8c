import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import type { Connection, State } from '../../../extension/messages/state.ts'
import { NewestNotice } from '../../../extension/popup/newest-notice.tsx'
import type { OwnNotices } from '../../../extension/popup/notices.ts'
import { connectionWith } from '../../fixtures/connection.ts'

const nothing = () => undefined
const shown = (state: Partial<State>, own: Partial<OwnNotices> = {}, open?: Connection) =>
  renderToString(
    h(NewestNotice, {
      state: { connections: [], providers: [], ...state } as unknown as State,
      own: { outcomes: [], failures: [], ...own },
      ...{ open, busy: false, onSignIn: nothing, onDismiss: nothing },
    }),
  )

const ended = [connectionWith('pulse')]
const undelivered = {
  kind: 'outcome',
  request: 'sign-out',
  outcome: 'refused',
  at: 1,
  ended,
} as const
const providers = [{ id: 'pulse', label: 'Pulse Devices' }] as State['providers']
const failedSignIn = (startedAt: number): State['flow'] => ({
  providerId: 'pulse',
  purpose: 'record',
  status: 'failed',
  startedAt,
  error: { code: 'unreachable' },
})

it('one notice is shown at a time, the newest, with its organization, a way to dismiss it, and how many more there are', () => {
  const html = shown({ providers, flow: failedSignIn(2) as never }, { outcomes: [undelivered] })
  expect(html.match(/class="notice/g)).toHaveLength(1)
  expect(html).toContain('Pulse Devices cannot be reached')
  expect(html).toContain('Dismiss')
  expect(html).toContain('1 more notice')
  expect(html).not.toContain('Signed out here')

  const older = shown({ providers, flow: failedSignIn(0) as never }, { outcomes: [undelivered] })
  expect(older).toContain('Signed out here')
  expect(older).not.toContain('cannot be reached')
})

it('all connections that ended at one time are named in one notice', () => {
  const all = {
    ...undelivered,
    outcome: 'revoked' as const,
    ended: [...ended, connectionWith('Riverside Clinic')],
  }
  expect(shown({}, { outcomes: [all] })).toContain(
    'Signed out: John Doe (pulse) and John Doe (Riverside Clinic). Carekey’s access there has ended',
  )
})

it('the notice of a sign-out names the patient, as the record did, but not the patient of a visit', () => {
  const patient = { id: 'p', name: 'Ann Dela-Cruz', identifiers: [] }
  const ann = connectionWith('pulse', { person: { name: 'ann', role: 'patient' }, patient })
  const notice = (one: Connection) => shown({}, { outcomes: [{ ...undelivered, ended: [one] }] })
  expect(notice(ann)).toMatch(/<p>Ann Dela-Cruz: /)
  expect(notice({ ...ann, needsBanner: true } as Connection)).toMatch(/<p>ann: /)
  const all = shown({}, { outcomes: [{ ...undelivered, outcome: 'revoked', ended: [ann, ann] }] })
  expect(all).toContain('Signed out: Ann Dela-Cruz (pulse) and')
})

it('the notice of a sign-out names those who are still signed in, as long as they are', () => {
  const riverside = connectionWith('Riverside Clinic')
  const signedOut = ended.map((one) => ({ ...one, signedIn: false }))
  const before = shown({ connections: [...signedOut, riverside] }, { outcomes: [undelivered] })
  expect(before).toContain('it ends when it expires. Still signed in: John Doe (Riverside Clinic).')
  const after = shown({ connections: [{ ...riverside, signedIn: false }] }, { outcomes: [undelivered] })
  expect(after).toContain('Signed out here')
  expect(after).not.toContain('Still signed in')
})

it.each([
  [
    'a sign-out that failed',
    {
      failures: [
        {
          kind: 'failure',
          about: 'a',
          at: 1,
          problem: { code: 'unreachable' },
          organization: 'Pulse Devices',
          person: 'John Doe',
        },
      ],
    },
    {},
  ],
  [
    'a grant that could not be revoked',
    {},
    { unrevoked: [{ id: 'u', organization: 'Pulse Devices', person: 'John Doe', at: 1 }] },
  ],
] as [string, Partial<OwnNotices>, Partial<State>][])(
  '%s names the person and the organization, and can be dismissed',
  (_what, own, state) => {
    const html = shown(state, own)
    expect(html).toContain('Pulse Devices')
    expect(html).toMatch(/<p>John Doe: /)
    expect(html).toContain('Dismiss')
  },
)

it.each([
  [
    'ends soon',
    { endsAt: Date.now() + 90_000 },
    'John Doe’s connection to Riverside Clinic: 1 min left. Sign in again to keep reading.',
  ],
] as [string, Partial<Connection>, string][])(
  'the notice of a connection that %s names the person',
  (_how, change, sentence) => {
    const patient = { id: 'p', name: 'John Doe', birthDate: '1970-02-03', identifiers: [] }
    const connection = connectionWith('Riverside Clinic', { patient, samePerson: 'john', ...change })
    const open = connectionWith('Pulse Devices', { patient, samePerson: 'john' })
    expect(shown({ connections: [connection] }, {}, open)).toContain(sentence)
  },
)

it('a notice says that an organization shows the record of another patient than before', () => {
  const connections = [connectionWith('Riverside Clinic', { anotherPatient: true, signedInAt: 1 })]
  expect(shown({ connections })).toContain(
    'Riverside Clinic now shows another patient’s record than before. If you did not expect this, ask Riverside Clinic.',
  )
})
