import { useEffect, useRef, useState } from 'preact/hooks'

/** Where in the window people look, as a fraction of its height from the top. */
const EYE_LEVEL = 0.4

/** Returns the id of the section in view, to mark its link, and the function that a click on a section's link calls. */
export const useSectionInView = (ids: readonly string[]): [string | undefined, (id: string) => void] => {
  const [current, setCurrent] = useState(ids[0])
  const release = useRef<(() => void) | undefined>(undefined)
  useEffect(() => {
    const update = ({ target }: Event) => {
      const box = target instanceof Document ? target.scrollingElement : target
      const sections = ids.map((id) => document.getElementById(id)).filter((section) => section !== null)
      if (!(box instanceof Element) || !sections.some((section) => box.contains(section))) return
      const sectionsAbove = sections.filter(
        (section) => section.getBoundingClientRect().top < innerHeight * EYE_LEVEL,
      )
      const last =
        box.scrollTop + box.clientHeight >= box.scrollHeight - 2 ? sections.at(-1) : sectionsAbove.at(-1)
      setCurrent(box.scrollTop <= 0 ? ids[0] : (last?.id ?? ids[0]))
    }
    const anywhere = { capture: true, passive: true } // the page itself or a part of it scrolls
    document.addEventListener('scroll', update, anywhere)
    return () => document.removeEventListener('scroll', update, anywhere)
  }, [ids.join()])
  useEffect(() => () => release.current?.(), [])
  const select = (id: string) => {
    setCurrent(id)
    release.current?.()
    release.current = keepInView(id)
  }
  return [current, select]
}

/**
 * Scrolls to the section again whenever it or a section beside it changes size, because the page may have been too short to
 * bring it to the top. Ends when the user scrolls, clicks or types.
 */
const keepInView = (id: string): (() => void) => {
  const section = document.getElementById(id)
  const abort = new AbortController()
  let isFirst = true
  const observer = new ResizeObserver(() => {
    // The first call reports the current sizes. The link itself has scrolled to the section.
    if (!isFirst) section?.scrollIntoView({ behavior: 'instant' })
    isFirst = false
  })
  const end = () => {
    observer.disconnect()
    abort.abort()
  }
  for (const each of section?.parentElement?.children ?? []) observer.observe(each)
  for (const event of ['wheel', 'touchmove', 'pointerdown', 'keydown'])
    addEventListener(event, end, { capture: true, passive: true, signal: abort.signal })
  return end
}
