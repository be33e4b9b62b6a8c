import type { Prepared, Sample, Side } from './comparison.ts'

type Samples = Readonly<Record<string, Sample>>

/**
 * For a measurement that alternates between both sides: runs it once in a round, and keeps the other side's result until it is
 * requested.
 */
export const inTurns = (run: () => Promise<Record<Side, Samples>>): Prepared['measure'] => {
  const samplesBySide: Partial<Record<Side, Samples>> = {}
  return async (side) => {
    if (!samplesBySide[side]) Object.assign(samplesBySide, await run())
    const samples = samplesBySide[side] ?? {}
    delete samplesBySide[side]
    return samples
  }
}
