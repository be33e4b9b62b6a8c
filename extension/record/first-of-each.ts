/** The first `count` of each organization, in their order: the many of one push nothing of another out of sight. */
export const firstOfEach = <T>(
  items: readonly T[],
  holdersOf: (item: T) => readonly { connectionId: string }[],
  count: number,
): T[] => {
  const shown = new Map<string, number>()
  return items.filter((item) => {
    const holders = holdersOf(item).map(({ connectionId }) => connectionId)
    if (!holders.some((id) => (shown.get(id) ?? 0) < count)) return false
    for (const id of holders) shown.set(id, (shown.get(id) ?? 0) + 1)
    return true
  })
}
