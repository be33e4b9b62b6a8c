/**
 * Keeps one value for each of the keys that were asked for last. Whoever asks for many other keys pushes out only what nobody else
 * asks for meanwhile.
 *
 * @param most the number of values that are kept.
 */
export const createRecentlyUsed = <Value>(most: number) => {
  const values = new Map<string, Value>()
  return (key: string, make: () => Value): Value => {
    const value = values.has(key) ? (values.get(key) as Value) : make()
    values.delete(key)
    values.set(key, value)
    if (values.size > most) {
      const [oldest = key] = values.keys()
      values.delete(oldest)
    }
    return value
  }
}
