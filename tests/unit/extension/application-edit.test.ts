import { expect, it } from 'vitest'
import { editOf } from '../../../extension/options/applications/application-form.tsx'

const application = {
  clientId: 'viewer',
  clientName: 'Chart Viewer',
  redirectUris: ['https://viewer.test', 'https://viewer.test/a'],
  scope: 'openid patient/*.rs',
  ...{ hasSecret: true, disabled: false, editable: true, inUse: false },
}
const form = {
  clientName: 'Chart Viewer',
  addresses: 'https://viewer.test https://viewer.test/a',
  scopes: 'patient/*.rs openid  openid',
}

it('an edit of an application contains only the changed members', () => {
  expect(editOf(application, form)).toEqual({})
  expect(editOf(application, { ...form, clientName: ' Ward tablet ' })).toEqual({ clientName: 'Ward tablet' })
  expect(editOf(application, { ...form, addresses: ' https://viewer.test/a ' })).toEqual({
    redirectUris: ['https://viewer.test/a'],
  })
  expect(editOf(application, { ...form, scopes: 'openid patient/Condition.rs ' })).toEqual({
    scope: 'openid patient/Condition.rs',
  })
  expect(editOf(application, { clientName: '', addresses: '', scopes: ' ' })).toEqual({
    ...{ clientName: '', redirectUris: [], scope: '' },
  })
})

it('addresses and scopes that were not read completely cannot be edited', () => {
  const { scope: _tooLong, ...cut } = { ...application, redirectUrisCut: true as const }
  expect(editOf(cut, { clientName: 'Ward tablet', addresses: '', scopes: '' })).toEqual({
    clientName: 'Ward tablet',
  })
})
