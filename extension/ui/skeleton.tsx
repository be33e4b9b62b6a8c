import { useEffect, useState } from 'preact/hooks'
import { t } from './words.ts'

/** A placeholder while loading: one bar for each height, in pixels. */
export const Skeleton = ({ bars }: { bars: number[] }) => (
  <div class="stack" role="status" aria-label={t('loading')}>
    {bars.map((height, index) => (
      <div key={index} class="skeleton" style={`height:${height}px`} />
    ))}
  </div>
)

/** Loads code that the first paint does not need, after that paint; returns undefined until it arrives. */
export const useLater = <T,>(load: () => Promise<T>): T | undefined => {
  const [code, setCode] = useState<T>()
  useEffect(() => {
    load().then((loaded) => setCode(() => loaded))
  }, [])
  return code
}
