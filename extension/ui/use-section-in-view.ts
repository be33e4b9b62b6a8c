import { useEffect, useState } from 'preact/hooks'

/** The section that people look at, for the mark in the list that leads to them; and a way to say which it is. */
export const useSectionInView = (ids: readonly string[]): [string | undefined, (id: string) => void] => {
  const [current, setCurrent] = useState<string | undefined>(ids[0])
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
      { rootMargin: '-40% 0px -59% 0px' },
    )
    for (const id of ids) {
      const section = document.getElementById(id)
      if (section) observer.observe(section)
    }
    return () => observer.disconnect()
  }, [ids.join()])
  return [current, setCurrent]
}
