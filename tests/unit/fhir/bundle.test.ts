import { expect, test } from 'vitest'
import { bundleBody } from '../../../server/fhir/http/bundle.ts'
import { heldBy, streamOf } from '../../../server/fhir/http/reply.ts'

/** @param sizes of the texts of its rows, which are read later. */
const bundleOf = (sizes: readonly number[]) => {
  const rows = sizes.map((size, key) => ({
    ...{ type: 'Observation', id: `o${key}` },
    json: { key, version: 1, size },
  }))
  return bundleBody(
    { streamTexts: async function* () {} },
    'http://localhost/fhir',
    { total: rows.length, resources: rows, included: [] },
    { self: 'http://localhost/fhir/Observation' },
  )
}

test('J13 each row whose text is read later counts in memory, until it is sent', () => {
  expect(heldBy(bundleOf(Array(1_000).fill(500)))).toBe(800_000 + 500)
})

test('J13 the largest text that is read later counts in memory', () => {
  expect(heldBy(bundleOf([500, 12_000_000, 500]))).toBe(2_400 + 12_000_000)
})

test('J13 a large text is sent in small pieces, and no character is cut in two', async () => {
  const text = `x${'\u{1F9D1}'.repeat(100_000)}`
  const pieces: string[] = []
  const body = {
    size: text.length,
    held: text.length,
    pieces: async function* () {
      yield text
    },
  }
  for await (const piece of streamOf(body, () => expect.fail())) pieces.push(piece)
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(64 * 1024)
  expect(pieces.filter((piece) => !piece.isWellFormed())).toEqual([])
  expect(pieces.join('') === text).toBe(true)
})
