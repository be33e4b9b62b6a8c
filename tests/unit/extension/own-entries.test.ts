import { expect, it } from 'vitest'
import { areOfBrowser } from '../../../extension/access-log/own-entries.ts'
import type { Json } from '../../../extension/fhir/resource.ts'
import type { AccessKind } from '../../../extension/messages/access-log.ts'

const requester = {
  clientId: 'carekey',
  subject: 'john',
  issuer: 'https://clinic.example',
  fhirBase: 'https://clinic.example/fhir',
}

const event = (subtype: string): Json => ({
  subtype: [{ code: subtype }],
  agent: [
    { type: { coding: [{ code: '110153' }] }, who: { identifier: { value: 'carekey' } } },
    { requestor: true, who: { identifier: { value: 'john' } } },
  ],
})

const MINUTE = 60_000
const since = Date.parse('2026-11-25T12:00:00Z')
const entry = (kind: AccessKind, minutes = 0, renewed = false) => ({
  kind,
  recorded: new Date(since + minutes * MINUTE).toISOString(),
  ...(renewed && { renewed: true as const }),
})

it('the account that a person made while signing in counts with the reads that followed, not with earlier ones', () => {
  const [here, account, elsewhere] = [event('read'), event('110137'), event('read')]
  const matched = new Map([[here, { id: '1', at: 0, what: 'Patient' }]])
  const entries = [entry('read'), entry('account'), entry('read')]
  expect(
    areOfBrowser([here, account, elsewhere], entries, { requester, matched, isNewest: false, since }),
  ).toEqual([true, true, false])
})

it('a sign-in that nothing follows yet counts with the read that fetched the page, and on a later page with nothing', () => {
  const [signIn, elsewhere] = [event('110122'), event('read')]
  const against = { requester, matched: new Map(), isNewest: true, since }
  const entries = [entry('sign-in'), entry('read')]
  expect(areOfBrowser([signIn], entries.slice(0, 1), against)).toEqual([true])
  expect(areOfBrowser([signIn, elsewhere], entries, against)).toEqual([true, false])
  expect(areOfBrowser([signIn], entries.slice(0, 1), { ...against, isNewest: false })).toEqual([false])
})

it('nothing from before the journal is of this browser, except the sign-in that it began with', () => {
  const against = { requester, matched: new Map(), isNewest: true, since }
  const own = (...one: Parameters<typeof entry>) =>
    areOfBrowser([event('110122')], [entry(...one)], against)[0]
  expect(own('sign-in', -5)).toBe(true)
  expect(own('sign-in', -11)).toBe(false)
  expect(own('token', -1)).toBe(true)
  expect(own('token', -1, true)).toBe(false)
  expect(own('proof', -1)).toBe(false)
  expect(own('token', 1, true)).toBe(true)
})
