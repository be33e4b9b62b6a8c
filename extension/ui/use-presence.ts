import { useEffect } from 'preact/hooks'
import { ask } from '../messages/ask.ts'

const PAUSE = 20_000

/**
 * Where a lock counts the time without use: tells that a person is there, who types, points or scrolls; and who opened the
 * page, unless a web page may have.
 */
export const usePresence = (counts: boolean, opened: 'by-a-person' | 'by-anybody'): void => {
  useEffect(() => {
    if (!counts) return
    let told = 0
    const tell = () => {
      if (Date.now() - told < PAUSE) return
      told = Date.now()
      ask('used').catch(() => undefined)
    }
    if (opened === 'by-a-person') tell()
    const signs = ['pointerdown', 'keydown', 'wheel']
    const anywhere = { capture: true, passive: true }
    for (const sign of signs) document.addEventListener(sign, tell, anywhere)
    return () => {
      for (const sign of signs) document.removeEventListener(sign, tell, anywhere)
    }
  }, [counts, opened])
}
