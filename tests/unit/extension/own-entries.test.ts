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
    areOfBrowser([here, account, elsewhere], ['read', 'account', 'read'], { requester, matched }),
  ).toEqual([true, true, false])
})
