import { expect, it } from 'vitest'
import { areOfBrowser } from '../../../extension/access-log/own/own-entries.ts'
import type { Json } from '../../../extension/fhir/resource.ts'

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
const entry = (minutes = 0, renewed = false) => ({
  recorded: new Date(since + minutes * MINUTE).toISOString(),
  ...(renewed && { renewed: true as const }),
})

it('a proof counts with the read before it, and a renewed token with the next one', () => {
  const [here, proof, elsewhere] = [event('read'), event('proof'), event('read')]
  const matched = new Map([[here, { id: '1', at: 0, what: 'Patient' }]])
  const against = { requester, matched, isNewest: false, since }
  const [, ofProof] = areOfBrowser([here, proof, elsewhere], [entry(), entry(), entry()], against)
  expect(ofProof).toBe(false)
  const [, ofToken] = areOfBrowser([here, proof, elsewhere], [entry(), entry(0, true), entry()], against)
  expect(ofToken).toBe(true)
})

it('a renewed token that nothing follows yet counts with the read that fetched the page, and on a later page with nothing', () => {
  const against = { requester, matched: new Map(), isNewest: true, since }
  const isOwn = (more = {}) => areOfBrowser([event('ITI-71')], [entry(0, true)], { ...against, ...more })
  expect(isOwn()).toEqual([true])
  expect(isOwn({ isNewest: false })).toEqual([false])
})

it('nothing from before the journal is of this browser', () => {
  const against = { requester, matched: new Map(), isNewest: true, since }
  const own = (minutes: number) => areOfBrowser([event('ITI-71')], [entry(minutes, true)], against)[0]
  expect(own(-1)).toBe(false)
  expect(own(1)).toBe(true)
})
