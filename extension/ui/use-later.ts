import { useEffect, useState } from 'preact/hooks'

/** Loads code that the first paint does not need, after that paint; returns undefined until it arrives. */
export const useLater = <T>(load: () => Promise<T>): T | undefined => {
  const [code, setCode] = useState<T>()
  useEffect(() => {
    load().then((loaded) => setCode(() => loaded))
  }, [])
  return code
}
