import { expect, it } from 'vitest'
import { areOfBrowser, matchOwnEntries } from '../../../extension/access-log/own/own-entries.ts'
import type { Json } from '../../../extension/fhir/resource.ts'

const requester = {
  clientId: 'carekey',
  subject: 'john',
  issuer: 'https://clinic.example',
  fhirBase: 'https://clinic.example/fhir',
}

const event = (subtype: string): Json => ({
  subtype: [{ code: subtype, ...(subtype === 'proof' && { system: 'urn:carekey:access-kind' }) }],
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

it.each([
  ...[
    'read',
    'vread',
    'history',
    'history-instance',
    'history-type',
    'search',
    'search-type',
    '110106',
    '110112',
  ],
  ...['create', 'update', 'delete', 'transaction', '110107', 'operation', 'unknown'],
])('F33 an access that another browser is logged with as %s counts with none of this browser', (code) => {
  const [here, elsewhere] = [event('read'), event(code)]
  const matched = new Map([[here, { id: '1', at: 0, what: 'Patient' }]])
  const against = { requester, matched, isNewest: true, since }
  expect(areOfBrowser([here, elsewhere, here], [entry(), entry(), entry()], against)).toEqual([
    true,
    false,
    true,
  ])
})

const named = (address: string, subtype = 'search-type'): Json => ({
  ...event(subtype),
  recorded: new Date(since).toISOString(),
  entity: [
    { type: { code: 'XrequestId' }, what: { identifier: { value: 'sent' } } },
    { role: { code: '24' }, query: btoa(address) },
  ],
})
const isMatched = (logged: Json, what: string, fhirBase = requester.fhirBase) =>
  matchOwnEntries([logged], [{ id: 'sent', at: since, what }], { ...requester, fhirBase }).size === 1

it.each(['https://clinic.example/api/FHIR/R4', 'https://clinic.example/Fhir', 'https://clinic.example'])(
  'the type in a logged address is the one after the base %s',
  (base) => {
    for (const address of [`${base}/Observation?patient=2`, `${base}/Observation/1`, 'Observation?patient=2'])
      for (const [what, isSame] of [
        ['Observation', true],
        ['Condition', false],
      ] as const)
        expect(isMatched(named(address), what, base), `${address} ${what}`).toBe(isSame)
    // The organization may know its own server by another name.
    const inside = 'http://10.0.0.1:8080/api/FHIR/R4/Observation?patient=2'
    expect(isMatched(named(inside), 'Observation', base)).toBe(true)
    expect(isMatched(named(inside), 'Condition', base)).toBe(false)
  },
)

it('an unknown type may be any: of a page link, or of an entry', () => {
  expect(isMatched(named('Observation?_getpages=2'), '')).toBe(true)
  expect(isMatched(named(`${requester.fhirBase}?_getpages=2`), 'Observation')).toBe(true)
})

it('F33 this browser wrote nothing, whichever id an entry names', () => {
  expect(isMatched(named('Observation/1', 'read'), 'Observation')).toBe(true)
  for (const code of ['create', 'delete', 'batch'])
    expect(isMatched(named('Observation/1', code), 'Observation'), code).toBe(false)
})
