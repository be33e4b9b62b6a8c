import { useEffect, useState } from 'preact/hooks'

/** Code that what is seen first does not need: undefined until it has come, which begins after the first paint. */
export const useLater = <T>(load: () => Promise<T>): T | undefined => {
  const [code, setCode] = useState<T>()
  useEffect(() => {
    load().then((loaded) => setCode(() => loaded))
  }, [])
  return code
}
