import { useEffect, useState } from 'preact/hooks'
import { watch } from '../../messages/watch.ts'

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
