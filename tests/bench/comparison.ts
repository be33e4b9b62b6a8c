import { median, quantile } from './statistics.ts'

/** Carekey, and the contender that it is compared with. */
export type Side = 'ours' | 'bare'

/** Two contenders who do the same work, and how they are measured. */
export interface Comparison {
  readonly name: string
  readonly contenders: Readonly<Record<Side, string>>
  readonly unit: 'requests/s' | 'ms' | 'µs'
  /** Runs only when it is named: it downloads something, or needs Linux. */
  readonly onlyByName?: true
  /** Prepares data for both sides, once in a run. */
  prepare(effort: Effort): Promise<Prepared>
}

interface Effort {
  /** Milliseconds that one measurement of throughput lasts. */
  readonly forMs: number
  /** Writes CPU profiles of our side's servers to this folder. */
  readonly profiles?: string
}

export interface Prepared {
  /** Runs one round of one contender, in fresh processes. Returns results by variant. */
  measure(side: Side): Promise<Readonly<Record<string, Sample>>>
  readonly aims: Readonly<Record<string, number>>
  /** Further results, one line each. */
  findings?(): Promise<readonly string[]>
  close(): Promise<void>
}

export interface Sample {
  /** The variant that is compared. */
  readonly value: number
  /** If it is not that of the comparison. */
  readonly unit?: Comparison['unit']
  /** Milliseconds of each request, or of each opening of the popup. */
  readonly times: readonly number[]
}

export interface Result {
  readonly name: string
  readonly variant: string
  readonly unit: Comparison['unit']
  /** The median of ours divided by the median of the bare contender. */
  readonly ratio: number
  /** The ratio of each round; their spread shows how reliable the result is. */
  readonly ratios: readonly number[]
  /** The aim: at least this for requests/s, at most this for times. */
  readonly aim?: number
  readonly ours: Measured
  readonly bare: Measured
}

interface Measured {
  readonly contender: string
  readonly median: number
  /** One value for each round, in the order of measuring. */
  readonly rounds: readonly number[]
  /** Milliseconds of every request of every round. */
  readonly p50: number
  readonly p99: number
}

/** Measures both sides in turn, the order reversed each round, so that a drift of the machine favours neither. */
export const compare = async (
  comparison: Comparison,
  { rounds, say, ...effort }: Effort & { rounds: number; say: (line: string) => void },
): Promise<{ results: Result[]; findings: readonly string[] }> => {
  const run = await comparison.prepare(effort)
  try {
    const samples: Record<Side, Readonly<Record<string, Sample>>[]> = { ours: [], bare: [] }
    for (let round = 0; round < rounds; round++) {
      say(`${comparison.name}: round ${round + 1} of ${rounds}`)
      const order: readonly Side[] = round % 2 === 0 ? ['bare', 'ours'] : ['ours', 'bare']
      for (const side of order) samples[side].push(await run.measure(side))
    }
    const results = Object.keys(samples.ours[0] ?? {}).map((variant): Result => {
      const [ours, bare] = (['ours', 'bare'] as const).map((side) =>
        summary(
          comparison.contenders[side],
          samples[side].flatMap((sample) => sample[variant] ?? []),
        ),
      ) as [Measured, Measured]
      const aim = run.aims[variant]
      return {
        name: comparison.name,
        variant,
        unit: samples.ours[0]?.[variant]?.unit ?? comparison.unit,
        ratio: ours.median / bare.median,
        ratios: ours.rounds.map((value, round) => value / (bare.rounds[round] ?? Number.NaN)),
        ...(aim !== undefined && { aim }),
        ours,
        bare,
      }
    })
    return { results, findings: (await run.findings?.()) ?? [] }
  } finally {
    await run.close()
  }
}

const summary = (contender: string, samples: readonly Sample[]): Measured => {
  const rounds = samples.map(({ value }) => value)
  const times = samples.flatMap((sample) => sample.times)
  return { contender, median: median(rounds), rounds, p50: quantile(times, 0.5), p99: quantile(times, 0.99) }
}
