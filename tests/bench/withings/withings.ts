import type { Comparison, Sample, Side } from '../comparison.ts'
import { doJob } from '../job.ts'
import { median, quantile } from '../statistics.ts'
import type { Screens } from './screens.ts'

const FIRST_AIM = 3_000
const LATER_AIM = 100

/** The vital signs of a person with ten years of daily readings at Withings, against the same when Withings is not asked. */
export const withings: Comparison = {
  name: 'withings',
  contenders: {
    ours: 'readings that are fetched from the stand-in, in the same process, before they are read',
    bare: 'the same readings, which are here already',
  },
  unit: 'ms',
  prepare: async () => {
    const seen: Screens[] = []
    const measure = async (side: Side): Promise<Record<string, Sample>> => {
      const screens = await doJob<Side, Screens>(new URL('screens.ts', import.meta.url), side)
      if (side === 'ours') seen.push(screens)
      return {
        'first screen': { value: screens.first, times: [screens.first] },
        'later screens': { value: median(screens.later), times: screens.later },
      }
    }
    const findings = async () => {
      const first = Math.max(...seen.map((screens) => screens.first))
      const later = quantile(
        seen.flatMap((screens) => screens.later),
        0.99,
      )
      const whole = median(seen.map((screens) => screens.whole))
      return [
        `the first screen took ${Math.round(first)} ms at most: ${verdict(first, FIRST_AIM)}`,
        `a later one ${Math.round(later)} ms at the 99th percentile: ${verdict(later, LATER_AIM)}`,
        `everything was here after ${(whole / 1000).toFixed(1)} s`,
      ]
    }
    return { measure, aims: {}, findings, close: async () => {} }
  },
}

const verdict = (value: number, aim: number): string => `≤ ${aim} ms ${value <= aim ? 'met' : 'missed'}`
