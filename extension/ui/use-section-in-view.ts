import { useEffect, useState } from 'preact/hooks'

/** Where in the window people look, as a fraction of its height from the top. */
const EYE = 0.4

/** Returns the id of the section in view, to mark its link, and a setter. */
export const useSectionInView = (
  ids: readonly string[],
): [string | undefined, (id: string | undefined) => void] => {
  const [current, setCurrent] = useState(ids[0])
  useEffect(() => {
    const look = ({ target }: Event) => {
      const box = target instanceof Document ? target.scrollingElement : target
      const sections = ids.map((id) => document.getElementById(id)).filter((section) => section !== null)
      if (!(box instanceof Element) || !sections.some((section) => box.contains(section))) return
      const passed = sections.filter((section) => section.getBoundingClientRect().top < innerHeight * EYE)
      const last = box.scrollTop + box.clientHeight >= box.scrollHeight - 2 ? sections.at(-1) : passed.at(-1)
      setCurrent(box.scrollTop <= 0 ? ids[0] : (last?.id ?? ids[0]))
    }
    const anywhere = { capture: true, passive: true } // a part of the page may be the scroller
    document.addEventListener('scroll', look, anywhere)
    return () => document.removeEventListener('scroll', look, anywhere)
  }, [ids.join()])
  return [current, setCurrent]
}
