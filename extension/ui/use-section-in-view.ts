import { useEffect, useState } from 'preact/hooks'

/** How far down the window people look, as a part of its height. */
const EYE = 0.4

/** The section that people look at, for the mark in the list that leads to them; and a way to say which it is. */
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
    const anywhere = { capture: true, passive: true } // what scrolls may be a part of the page
    document.addEventListener('scroll', look, anywhere)
    return () => document.removeEventListener('scroll', look, anywhere)
  }, [ids.join()])
  return [current, setCurrent]
}
