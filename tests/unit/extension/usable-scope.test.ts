import { expect, it } from 'vitest'
import { typeRefused } from '../../../extension/auth/grant/learn-terms.ts'
import { requireUsable } from '../../../extension/auth/grant/usable-scope.ts'
import type { Session } from '../../../extension/storage/items.ts'

const bases = ['https://clinic.example/fhir', 'https://clinic.example/api/FHIR/R4', 'https://clinic.example']

it.each(bases)('J58 what was not requested is read at no place below %s', async (fhirBase) => {
  const problemOf = (path: string, address = `${fhirBase}${path}`) =>
    requireUsable({ fhirBase, requestedScope: 'patient/Observation.rs' } as Session, new URL(address)).then(
      () => undefined,
      ({ code }) => code,
    )
  for (const path of [
    '/Observation?patient=1',
    '/Observation/A1',
    '/Observation',
    '?_getpages=7a1',
    '/__page/A1',
  ])
    expect(await problemOf(path), path).toBeUndefined()
  const places = [
    '/Condition?patient=1',
    '/Condition/1',
    '/Condition',
    '/Patient/1',
    '/Observation/1/Condition',
  ]
  for (const path of [...places, '/Patient/1/$everything', '/Observation/$everything', '/$everything'])
    expect(await problemOf(path), path).toBe('refused')
  for (const path of ['/%43ondition', '/x%2f..%2fCondition', '//Condition'])
    expect(await problemOf(path), path).toBe('foreign-link')
  expect(await problemOf('', 'https://other.example/Observation')).toBe('foreign-link')
})

it.each(bases)('the type that is refused for its scope is the one after the base %s', (fhirBase) => {
  const headers = { 'www-authenticate': 'Bearer error="insufficient_scope"' }
  const typeAt = (path: string) =>
    typeRefused(new Response(null, { status: 403, headers }), fhirBase, new URL(`${fhirBase}${path}`))
  expect(typeAt('/Condition?patient=1')).toBe('Condition')
  expect(typeAt('?_getpages=7a1')).toBeUndefined()
})
