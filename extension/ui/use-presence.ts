import { useEffect } from 'preact/hooks'
import { ask } from '../messages/ask.ts'

const PAUSE = 20_000

/**
 * Reports activity to the lock's idle timer: typing, pointing and scrolling, and the opening of the page unless a web page may
 * have opened it.
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
