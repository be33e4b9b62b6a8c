import { useEffect, useRef, useState } from 'preact/hooks'

/** Where in the window people look, as a fraction of its height from the top. */
const EYE = 0.4

/** Returns the id of the section in view, to mark its link, and what its link calls. */
export const useSectionInView = (ids: readonly string[]): [string | undefined, (id: string) => void] => {
  const [current, setCurrent] = useState(ids[0])
  const release = useRef<(() => void) | undefined>(undefined)
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
  useEffect(() => () => release.current?.(), [])
  const look = (id: string) => {
    setCurrent(id)
    release.current?.()
    release.current = keepInView(id)
  }
  return [current, look]
}

/**
 * Scrolls to the section again whenever something beside it grows, because the page may still have been too short to bring it
 * to the top. Ends when the user scrolls, clicks or types.
 */
const keepInView = (id: string): (() => void) => {
  const section = document.getElementById(id)
  const ended = new AbortController()
  let isFirst = true
  const observer = new ResizeObserver(() => {
    // The first call reports the sizes as they are: the link itself scrolls.
    if (!isFirst) section?.scrollIntoView({ behavior: 'instant' })
    isFirst = false
  })
  const end = () => {
    observer.disconnect()
    ended.abort()
  }
  for (const each of section?.parentElement?.children ?? []) observer.observe(each)
  for (const event of ['wheel', 'touchmove', 'pointerdown', 'keydown'])
    addEventListener(event, end, { capture: true, passive: true, signal: ended.signal })
  return end
}
