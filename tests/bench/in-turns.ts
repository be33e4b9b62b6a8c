import type { Prepared, Sample, Side } from './comparison.ts'

type Samples = Readonly<Record<string, Sample>>

/** For what is measured on both sides at once, in turns: done once a round, it waits for the other side to be asked for. */
export const inTurns = (run: () => Promise<Record<Side, Samples>>): Prepared['measure'] => {
  const left: Partial<Record<Side, Samples>> = {}
  return async (side) => {
    if (!left[side]) Object.assign(left, await run())
    const samples = left[side] ?? {}
    delete left[side]
    return samples
  }
}
