import { useEffect } from 'preact/hooks'
import { ask } from '../../messages/ask.ts'

const LEAST_INTERVAL = 20_000

/**
 * Reports activity to the lock's idle timer: typing, pointing and scrolling, and the opening of the page unless a web page may
 * have opened it.
 */
export const usePresence = (isUnlocked: boolean, opened: 'by-a-person' | 'by-anybody'): void => {
  useEffect(() => {
    if (!isUnlocked) return
    let lastReport = 0
    const report = () => {
      if (Date.now() - lastReport < LEAST_INTERVAL) return
      lastReport = Date.now()
      ask('used').catch(() => undefined)
    }
    if (opened === 'by-a-person') report()
    const events = ['pointerdown', 'keydown', 'wheel']
    const anywhere = { capture: true, passive: true }
    for (const event of events) document.addEventListener(event, report, anywhere)
    return () => {
      for (const event of events) document.removeEventListener(event, report, anywhere)
    }
  }, [isUnlocked, opened])
}
