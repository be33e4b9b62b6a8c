import { expect, it } from 'vitest'
import { editOf } from '../../../extension/options/applications/application-form.tsx'

const application = {
  clientId: 'viewer',
  clientName: 'Chart Viewer',
  redirectUris: ['https://viewer.test', 'https://viewer.test/a'],
  ...{ hasSecret: true, disabled: false, editable: true, inUse: false },
}
const form = { clientName: 'Chart Viewer', addresses: 'https://viewer.test https://viewer.test/a' }

it('an edit of an application contains only the changed members', () => {
  expect(editOf(application, form)).toEqual({})
  expect(editOf(application, { ...form, clientName: ' Ward tablet ' })).toEqual({ clientName: 'Ward tablet' })
  expect(editOf(application, { ...form, addresses: ' https://viewer.test/a ' })).toEqual({
    redirectUris: ['https://viewer.test/a'],
  })
  expect(editOf(application, { clientName: '', addresses: '' })).toEqual({ clientName: '', redirectUris: [] })
})

it('a list of addresses that was not read completely cannot be edited', () => {
  const cut = { ...application, redirectUrisCut: true as const }
  expect(editOf(cut, { clientName: 'Ward tablet', addresses: '' })).toEqual({ clientName: 'Ward tablet' })
})
