import { expect, it } from 'vitest'
import { standingErrors } from '../../../extension/ui/state/use-field-errors.ts'

it('an error stays until its own field changes', () => {
  const fields = { clientId: '', fhirBase: '' }
  const refusal = { fields, errors: { clientId: 'required', fhirBase: 'required' } }
  expect(standingErrors(refusal, fields)).toEqual(refusal.errors)
  // As Autoscan fills it.
  expect(standingErrors(refusal, { ...fields, fhirBase: 'https://clinic.example/fhir' })).toEqual({
    clientId: 'required',
  })
})
