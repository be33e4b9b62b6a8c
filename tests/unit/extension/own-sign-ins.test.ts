import { expect, it } from 'vitest'
import { judgeSignIns, type SignInCounts } from '../../../extension/access-log/own/own-sign-ins.ts'
import type { Json } from '../../../extension/fhir/resource.ts'
import type { AccessEntry, AccessKind } from '../../../extension/messages/log-entries.ts'
import type { OwnRequest } from '../../../extension/storage/stored-log.ts'

const requester = {
  clientId: 'carekey',
  subject: 'john',
  issuer: 'https://clinic.example',
  fhirBase: 'https://clinic.example/fhir',
}
const MINUTE = 60_000
const noon = Date.parse('2026-11-25T12:00:00Z')

/** An entry of John through Carekey, some minutes after noon, by the organization's clock. */
const entry = (kind: AccessKind, minutes: number, { id, renewed }: { id?: string; renewed?: true } = {}) => ({
  kind,
  outcome: 'success' as AccessEntry['outcome'],
  recorded: new Date(noon + minutes * MINUTE).toISOString(),
  ...(renewed && { renewed }),
  event: {
    agent: [
      { type: { coding: [{ code: '110153' }] }, who: { identifier: { value: 'carekey' } } },
      { requestor: true, who: { identifier: { value: 'john' } } },
    ],
    entity: [{ type: { code: 'XrequestId' }, what: { identifier: { value: id ?? crypto.randomUUID() } } }],
  } as Json,
})

/** A sign-in that began some minutes after noon and took two, by a clock that is an hour ahead of the organization's. */
const signIn = (minutes: number, more: Partial<OwnRequest> = {}): OwnRequest => {
  const at = noon + (minutes + 60) * MINUTE
  const ended = { until: at + 2 * MINUTE, servedAt: at - 58 * MINUTE }
  return { id: `token-${minutes}`, what: 'sign-in', at, ...ended, ...more }
}

const judge = (entries: ReturnType<typeof entry>[], signIns: OwnRequest[], before?: SignInCounts) => {
  const events = entries.map(({ event }) => event)
  const { judgements, counts } = judgeSignIns(events, entries, { signIns, requester, before })
  return { result: entries.map((_, place) => judgements.get(place)), counts }
}
const whole = (minutes: number, id?: string) => [
  entry('token', minutes + 2, id === undefined ? {} : { id }),
  entry('consent', minutes + 1),
  entry('sign-in', minutes),
]

it('J54 a sign-in of this browser is recognized by its time, whatever this browser’s clock says', () => {
  expect(judge(whole(0), [signIn(0)]).result).toEqual(['own', 'own', 'own'])
  expect(judge(whole(0, 'token-0'), [signIn(0)]).result).toEqual(['own', 'own', 'own'])
})

it('J54 a sign-in at another time is not of this browser', () => {
  expect(judge([...whole(9), ...whole(0)], [signIn(0)]).result).toEqual([
    ...['other', 'other', 'other'],
    ...['own', 'own', 'own'],
  ])
  expect(judge(whole(0), []).result).toEqual(['other', 'other', 'other'])
})

it('J54 of two sign-ins at one time, only a token with the id that this browser sent is certain', () => {
  const entries = [...whole(0.5), ...whole(0, 'token-0')]
  expect(judge(entries, [signIn(0)]).result).toEqual([
    ...['doubtful', 'doubtful', 'doubtful'],
    ...['own', 'doubtful', 'doubtful'],
  ])
  const twice = [entry('token', 1, { id: 'token-0' }), entry('token', 2, { id: 'token-0' })]
  expect(judge(twice, [signIn(0)]).result, 'anybody can send that id again').toEqual(['doubtful', 'doubtful'])
})

it('J54 two sign-ins of this browser in a row are both its own', () => {
  expect(judge([...whole(3), ...whole(0)], [signIn(3), signIn(0)]).result).toEqual(Array(6).fill('own'))
  expect(judge([...whole(3.01), ...whole(3), ...whole(0)], [signIn(3), signIn(0)]).result).toEqual(
    Array(9).fill('doubtful'),
  )
})

it('J54 an entry of one kind on the next page is one too many', () => {
  const first = judge(whole(0).slice(0, 2), [signIn(0)])
  expect(first.result).toEqual(['own', 'own'])
  expect(judge([entry('consent', 0.5), entry('sign-in', 0)], [signIn(0)], first.counts).result).toEqual([
    'doubtful',
    'own',
  ])
})

it('J54 a sign-in less than a minute before or after one of this browser is not its own, unless there is no other', () => {
  expect(judge([...whole(2.5), ...whole(0)], [signIn(0)]).result).toEqual([
    ...['other', 'other', 'other'],
    ...['own', 'own', 'own'],
  ])
  // The clocks of the organization's processes may differ by a minute.
  expect(judge(whole(0.8), [signIn(0)]).result).toEqual(['own', 'own', 'own'])
  // What was taken for its own on the page before is one too many.
  const first = judge([entry('consent', 2.5)], [signIn(0)])
  expect(first.result).toEqual(['own'])
  expect(judge([entry('consent', 1)], [signIn(0)], first.counts).result).toEqual(['doubtful'])
})

it('J54 a sign-in without the organization’s time may be off by as much as this browser’s clock', () => {
  const { servedAt: _, ...answered } = signIn(-60)
  expect(judge([entry('sign-in', 8)], [answered]).result).toEqual(['own'])
  expect(judge([entry('sign-in', 21)], [answered]).result).toEqual(['other'])
})

it('J54 a sign-in that was cancelled hides nobody else’s: what succeeded meanwhile is never certain', () => {
  const { until: _, servedAt: _served, ...cancelled } = signIn(-60)
  expect(judge(whole(3), [cancelled]).result).toEqual(['doubtful', 'doubtful', 'doubtful'])
  expect(judge(whole(3), [cancelled, { ...cancelled, id: 'another' }]).result).toEqual(
    Array(3).fill('doubtful'),
  )
  expect(judge([entry('authorize', 3)], [cancelled]).result).toEqual(['own'])
  expect(judge([{ ...entry('consent', 3), outcome: 'refused' }], [cancelled]).result).toEqual(['own'])
  expect(judge([entry('sign-in', 21)], [cancelled]).result).toEqual(['other'])
  // Then the person signed in after all.
  expect(judge([...whole(6), ...whole(3)], [cancelled, signIn(6)]).result).toEqual([
    ...['own', 'own', 'own'],
    ...['other', 'other', 'other'],
  ])
})

it('a renewed token, and an entry by somebody else, is not judged', () => {
  const lee = {
    ...entry('sign-in', 0),
    event: { agent: [{ requestor: true, who: { display: 'Lee' } }] } as Json,
  }
  expect(judge([entry('token', 0, { renewed: true }), lee], [signIn(0)]).result).toEqual([
    undefined,
    undefined,
  ])
})
