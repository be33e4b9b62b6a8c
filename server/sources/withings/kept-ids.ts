/** The most ids of readings that are kept for all people together. Each takes about 100 bytes, and one person has 200,000 at most. */
const MOST_IDS = 1_000_000

/**
 * Keeps something of each patient that holds ids of readings, until it is taken. Beyond the limit, what was kept first is dropped: it costs
 * only another fetch.
 *
 * @param countOf the ids that it holds, the same as long as it is kept.
 */
export const createKeptIds = <Value>(countOf: (value: Value) => number, most = MOST_IDS) => {
  const values = new Map<string, Value>()
  let count = 0
  const take = (patient: string): Value | undefined => {
    const value = values.get(patient)
    // One without ids takes memory too.
    if (value !== undefined) count -= countOf(value) + 1
    values.delete(patient)
    return value
  }
  return {
    take,
    keep: (patient: string, value: Value): void => {
      take(patient)
      values.set(patient, value)
      count += countOf(value) + 1
      for (const oldest of values.keys()) {
        if (count <= most) break
        take(oldest)
      }
    },
  }
}
