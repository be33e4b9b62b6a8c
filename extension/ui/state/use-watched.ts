import { useEffect, useState } from 'preact/hooks'
import browser from 'webextension-polyfill'

/** Returns what a request answers, asked again after every change; undefined until the first answer. A failure keeps the old one. */
export const useWatched = <T>(request: () => Promise<T>): T | undefined => {
  const [answer, setAnswer] = useState<T>()
  useEffect(() => {
    const load = () => {
      request().then(setAnswer, () => undefined)
    }
    const stop = watch(load)
    load()
    return stop
  }, [])
  return answer
}

/**
 * Stored keys whose changes redraw no open page; they change with every read or keystroke. `place` and `lastSearches` matter only when
 * a page opens; the end of a session or the opening of the lock changes other keys as well. `snapshot` follows the state.
 */
export const ignoredKeys = ['place', 'lastSearches', 'snapshot']

/**
 * Calls back when the stored state may have changed, once for changes that come together. Pages then ask for `state`
 * again: they hear that something changed, and never read storage themselves. Returns the function that stops it.
 */
export const watch = (onChange: () => void): (() => void) => {
  let pending: ReturnType<typeof setTimeout> | undefined
  const listener = (changes: object, area: string) => {
    if (area !== 'local' && area !== 'session') return
    if (Object.keys(changes).every((key) => ignoredKeys.includes(key))) return
    clearTimeout(pending)
    pending = setTimeout(onChange, 10)
  }
  browser.storage.onChanged.addListener(listener)
  return () => {
    clearTimeout(pending)
    browser.storage.onChanged.removeListener(listener)
  }
}
