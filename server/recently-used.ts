/**
 * Keeps one value for each of the keys that were asked for last. Whoever asks for many other keys pushes out only what nobody else
 * asks for meanwhile.
 *
 * @param most the number of values that are kept, of which a large one counts for several.
 */
export const createRecentlyUsed = <Value>(
  most: number,
  countOf: (key: string, value: Value) => number = () => 1,
) => {
  const values = new Map<string, Value>()
  let count = 0
  return (key: string, make: () => Value): Value => {
    const isKept = values.has(key)
    const value = isKept ? (values.get(key) as Value) : make()
    values.delete(key)
    values.set(key, value)
    if (!isKept) count += countOf(key, value)
    for (const [oldest, its] of values) {
      if (count <= most) break
      values.delete(oldest)
      count -= countOf(oldest, its)
    }
    return value
  }
}
