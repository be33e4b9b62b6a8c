import { fc, test } from '@fast-check/vitest'
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

it('keeps the digits of numbers, in what was requested and in meta', () => {
  const json =
    '{"resourceType":"Basic","valueQuantity":[1.10,{"x":-0}],"meta":{"extension":[2.50]},"other":3.0}'
  expect(withElements(json, ['value'])).toBe(
    '{"resourceType":"Basic","valueQuantity":[1.10,{"x":-0}],"meta":{"extension":[2.50],"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}}',
  )
})

const names = fc.oneof(
  fc.constantFrom('status', '_status', 'statusPeriod', 'id', 'a"b', '\\', 'é'),
  fc.string(),
)

test.prop([fc.dictionary(names, fc.jsonValue()), fc.constantFrom(undefined, 1)])(
  'copies each requested element of any resource, however it is spaced, and no other one',
  (content, spaces) => {
    const resource = { ...content, resourceType: 'Basic' }
    const kept = JSON.parse(withElements(JSON.stringify(resource, null, spaces), ['status']))
    const wanted = [
      'resourceType',
      'id',
      'implicitRules',
      'modifierExtension',
      'status',
      '_status',
      'statusPeriod',
    ]
    const expected = Object.fromEntries(Object.entries(resource).filter(([name]) => wanted.includes(name)))
    const { meta, ...rest } = kept
    expect(rest).toEqual(JSON.parse(JSON.stringify(expected)))
    expect(meta.tag.at(-1)).toMatchObject({ code: 'SUBSETTED' })
  },
)
