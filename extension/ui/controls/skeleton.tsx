import { useEffect, useState } from 'preact/hooks'
import { t } from '../words/words.ts'

/** Milliseconds after which a person would wonder whether anything still happens. */
const LONG = 4_000

/** A placeholder while loading: one bar for each height, in pixels. Says so in words if it takes long, and on paper at once. */
export const Skeleton = ({ bars }: { bars: number[] }) => {
  const [isLong, setLong] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div class="stack" role="status" aria-label={t('loading')}>
      {isLong && <p class="quiet small on-screen">{t('loading_long')}</p>}
      <p class="quiet small on-paper">{t('loading_printed')}</p>
      {bars.map((height, index) => (
        <div key={index} class="skeleton" style={`height:${height}px`} />
      ))}
    </div>
  )
}

/** Loads code that the first paint does not need, after that paint; returns undefined until it arrives. */
export const useLater = <T,>(load: () => Promise<T>): T | undefined => {
  const [code, setCode] = useState<T>()
  useEffect(() => {
    load().then((loaded) => setCode(() => loaded))
  }, [])
  return code
}
