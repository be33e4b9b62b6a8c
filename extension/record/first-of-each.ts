import { useState } from 'preact/hooks'

interface Sourced {
  sources: readonly { connectionId: string }[]
}

const AT_FIRST = 12
const EACH_TIME = 24

/** Limits the items of each organization to the number requested so far; `showMore` is absent if all are shown. */
export const useFirstOfEach = <T extends Sourced>(
  items: readonly T[],
): { visible: T[]; showMore?: () => void } => {
  const [count, setCount] = useState(AT_FIRST)
  const visible = firstOfEach(items, count)
  return {
    visible,
    ...(visible.length < items.length && { showMore: () => setCount(count + EACH_TIME) }),
  }
}

/** Returns the first `count` items of each organization, in order, so that one with many crowds out no other. */
export const firstOfEach = <T extends Sourced>(items: readonly T[], count: number): T[] => {
  const shownCounts = new Map<string, number>()
  return items.filter(({ sources }) => {
    const holders = sources.map(({ connectionId }) => connectionId)
    if (!holders.some((id) => (shownCounts.get(id) ?? 0) < count)) return false
    for (const id of holders) shownCounts.set(id, (shownCounts.get(id) ?? 0) + 1)
    return true
  })
}
