/** A repeatable stream of numbers: the same seed gives the same record, on every machine. */
export interface Random {
  /** Uniform, `low` included, `high` not. */
  between(low: number, high: number): number
  /** Uniform whole number, both ends included. */
  whole(low: number, high: number): number
  /** Normally distributed; tails are cut at three deviations, so that no reading is absurd. */
  normal(mean: number, deviation: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly [T, ...T[]]): T
}

export const randomFrom = (seed: string): Random => {
  const next = mulberry32(hash(seed))
  const normal = (mean: number, deviation: number): number => {
    const z = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
    return mean + deviation * Math.max(-3, Math.min(3, z))
  }
  return {
    between: (low, high) => low + next() * (high - low),
    whole: (low, high) => low + Math.floor(next() * (high - low + 1)),
    normal,
    chance: (probability) => next() < probability,
    pick: (list) => list[Math.floor(next() * list.length)] ?? list[0],
  }
}

/** FNV-1a, 32 bits. */
const hash = (text: string): number => {
  let state = 0x811c9dc5
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193)
  return state >>> 0
}

const mulberry32 = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
