import { expect, it } from 'vitest'
import { areOfBrowser } from '../../../extension/access-log/own-entries.ts'
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

it('the account that a person made while signing in counts with the reads that followed, not with earlier ones', () => {
  const [here, account, elsewhere] = [event('read'), event('110137'), event('read')]
  const matched = new Map([[here, { id: '1', at: 0, what: 'Patient' }]])
  expect(
    areOfBrowser([here, account, elsewhere], ['read', 'account', 'read'], {
      requester,
      matched,
      isNewest: false,
    }),
  ).toEqual([true, true, false])
})

it('a sign-in that nothing follows yet counts with the read that fetched the page, and on a later page with nothing', () => {
  const [signIn, elsewhere] = [event('110122'), event('read')]
  const against = { requester, matched: new Map(), isNewest: true }
  expect(areOfBrowser([signIn], ['sign-in'], against)).toEqual([true])
  expect(areOfBrowser([signIn, elsewhere], ['sign-in', 'read'], against)).toEqual([true, false])
  expect(areOfBrowser([signIn], ['sign-in'], { ...against, isNewest: false })).toEqual([false])
})
