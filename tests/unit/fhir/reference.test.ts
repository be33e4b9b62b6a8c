import { afterEach, expect, test, vi } from 'vitest'
import { localReference, referenceUnder, statedType } from '../../../server/query/reference.ts'

const BASE = 'http://x/fhir'

afterEach(() => vi.restoreAllMocks())

/** Runs the work and returns the most pieces that a text was split into. */
const mostPieces = (work: () => unknown): number => {
  const split = vi.spyOn(String.prototype, 'split')
  work()
  return Math.max(...split.mock.results.map(({ value }) => (value as string[]).length))
}

test.each([
  ['relative', (text: string) => localReference(text)],
  ['absolute', (text: string) => referenceUnder(BASE, `${BASE}/${text}`)],
])('a %s reference of millions of segments is none, and is not split into them', (_kind, parse) => {
  const reference = { type: 'Patient', id: 'pa' }
  expect(parse('Patient/pa')).toEqual(reference)
  expect(parse('Patient/pa/_history/2')).toEqual(reference)
  for (const text of ['Patient/pa/_history/2/', 'Patient/pa/', `Patient/pa${'/'.repeat(1_000_000)}`])
    expect(parse(text), text.slice(0, 40)).toBeUndefined()
  expect(mostPieces(() => parse(`Patient/pa${'/x'.repeat(1_000_000)}`))).toBeLessThan(10)
})

test('the type that an address of many segments states is found without splitting it into them', () => {
  const addressOf = (segments: number) =>
    `https://other.example${'/x'.repeat(segments)}/Practitioner/1/_history/3`
  expect(statedType(addressOf(1_000_000))).toBeUndefined()
  const text = addressOf(900)
  expect(statedType(text)).toBe('Practitioner')
  expect(mostPieces(() => statedType(text))).toBeLessThan(300)
})
