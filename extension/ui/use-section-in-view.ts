import { useEffect, useState } from 'preact/hooks'

/** The first of the sections that is on screen, for the mark in the list that leads to them. */
export const useSectionInView = (ids: readonly string[]): string | undefined => {
  const [current, setCurrent] = useState(ids[0])
  useEffect(() => {
    const seen = new Set<string>()
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (isIntersecting) seen.add(target.id)
          else seen.delete(target.id)
        }
        const first = ids.find((id) => seen.has(id))
        if (first) setCurrent(first)
      },
      { rootMargin: '-25% 0px -45% 0px' },
    )
    for (const id of ids) {
      const section = document.getElementById(id)
      if (section) observer.observe(section)
    }
    return () => observer.disconnect()
  }, [ids.join()])
  return current
}
