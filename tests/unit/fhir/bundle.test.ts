import { expect, test } from 'vitest'
import { bundleBody } from '../../../server/fhir/http/bundle.ts'
import { heldBy } from '../../../server/fhir/http/reply.ts'

test('J13 each row whose text is read later counts in memory, until it is sent', () => {
  const late = (key: number) => ({ type: 'Observation', id: `o${key}`, json: { key, version: 1, size: 500 } })
  const rows = Array.from({ length: 1_000 }, (_, key) => late(key))
  const body = bundleBody(
    { streamTexts: async function* () {} },
    'http://localhost/fhir',
    { total: rows.length, resources: rows, included: [] },
    { self: 'http://localhost/fhir/Observation' },
  )
  expect(heldBy(body)).toBe(800_000)
})
