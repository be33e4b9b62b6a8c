import { t } from './words.ts'

/** A placeholder while loading: one bar for each height, in pixels. */
export const Skeleton = ({ bars }: { bars: number[] }) => (
  <div class="stack" role="status" aria-label={t('loading')}>
    {bars.map((height, index) => (
      <div key={index} class="skeleton" style={`height:${height}px`} />
    ))}
  </div>
)
