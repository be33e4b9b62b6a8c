import { describe, expect, it } from 'vitest'
import { createKeptIds } from '../../../server/sources/withings/kept-ids.ts'

describe('J39 ids of readings that are kept of people', () => {
  const keepFor = (people: number, idsOfEach: number) => {
    const { keep, take } = createKeptIds<readonly string[]>((ids) => ids.length, 100)
    for (let person = 0; person < people; person++)
      keep(
        `p${person}`,
        Array.from({ length: idsOfEach }, (_, id) => `${person}-${id}`),
      )
    return Array.from({ length: people }, (_, person) => take(`p${person}`)).map((ids) => ids?.length)
  }

  it('are those of the last people, within a limit of all together', () => {
    expect(keepFor(3, 24)).toEqual([24, 24, 24])
    expect(keepFor(6, 24)).toEqual([undefined, undefined, 24, 24, 24, 24])
    expect(keepFor(2, 200)).toEqual([undefined, undefined])
  })

  it('are within it also if nobody has any', () => {
    expect(keepFor(1_000, 0).filter((ids) => ids !== undefined)).toHaveLength(100)
  })

  it('make room when they are taken, or kept again', () => {
    const { keep, take } = createKeptIds<string>((ids) => ids.length, 10)
    for (let times = 0; times < 10; times++) {
      keep('a', 'aaaa')
      keep('b', 'bbbb')
      expect([take('a'), take('a')]).toEqual(['aaaa', undefined])
    }
    expect(take('b')).toBe('bbbb')
  })
})
