import { useState } from 'preact/hooks'

interface Held {
  sources: readonly { connectionId: string }[]
}

const AT_FIRST = 12
const EACH_TIME = 24

/** As many of each organization as the person asked to see; `showMore` is absent where that is all. */
export const useFirstOfEach = <T extends Held>(
  items: readonly T[],
): { inSight: T[]; showMore?: () => void } => {
  const [count, setCount] = useState(AT_FIRST)
  const inSight = firstOfEach(items, count)
  return {
    inSight,
    ...(inSight.length < items.length && { showMore: () => setCount(count + EACH_TIME) }),
  }
}

/** The first `count` of each organization, in their order: the many of one push nothing of another out of sight. */
export const firstOfEach = <T extends Held>(items: readonly T[], count: number): T[] => {
  const shown = new Map<string, number>()
  return items.filter(({ sources }) => {
    const holders = sources.map(({ connectionId }) => connectionId)
    if (!holders.some((id) => (shown.get(id) ?? 0) < count)) return false
    for (const id of holders) shown.set(id, (shown.get(id) ?? 0) + 1)
    return true
  })
}
