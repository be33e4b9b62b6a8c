import { useState } from 'preact/hooks'

interface Sourced {
  sources: readonly { connectionId: string }[]
}

const AT_FIRST = 12
const EACH_TIME = 24
/** How much work one item may be. */
const WEIGHT = 100

/** Limits the items of each organization to the number requested so far; `showMore` is absent if all are shown. */
export const useFirstOfEach = <T extends Sourced>(
  items: readonly T[],
  weightOf: (item: T) => number,
): { visible: T[]; showMore?: () => void } => {
  const [count, setCount] = useState(AT_FIRST)
  const visible = firstOfEach(items, count, weightOf)
  return {
    visible,
    ...(visible.length < items.length && { showMore: () => setCount(count + EACH_TIME) }),
  }
}

/**
 * Returns the first `count` items of each organization, in order, so that one with many crowds out no other.
 *
 * @param weightOf how much work it is to draw an item; one that is as much as several counts as these.
 */
export const firstOfEach = <T extends Sourced>(
  items: readonly T[],
  count: number,
  weightOf: (item: T) => number = () => 0,
): T[] => {
  const shownCounts = new Map<string, number>()
  return items.filter((item) => {
    const holders = item.sources.map(({ connectionId }) => connectionId)
    if (!holders.some((id) => (shownCounts.get(id) ?? 0) < count)) return false
    const more = Math.max(1, weightOf(item) / WEIGHT)
    for (const id of holders) shownCounts.set(id, (shownCounts.get(id) ?? 0) + more)
    return true
  })
}
