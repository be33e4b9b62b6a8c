import { expect, it } from 'vitest'
import { withElements } from '../../../server/fhir/search/elements.ts'

const resourceOf = (length: number) =>
  JSON.stringify({
    resourceType: 'Observation',
    id: 'x',
    status: 'final',
    note: [{ text: 'a'.repeat(length) }],
  })

it('C05 keeps the requested elements of a resource, and leaves a very large resource whole', () => {
  const small = JSON.parse(withElements(resourceOf(1_000), ['status']))
  expect(small).toMatchObject({ status: 'final', meta: { tag: [{ code: 'SUBSETTED' }] } })
  expect(small.note).toBeUndefined()
  const large = resourceOf(500_000)
  expect(withElements(large, ['status'])).toBe(large)
})
