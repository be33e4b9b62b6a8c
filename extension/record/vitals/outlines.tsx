import { vitalNames } from '../../messages/vitals.ts'
import { t } from '../../ui/words/words.ts'
import { vitalKinds } from './vital-kinds.ts'

/** The shape of what is awaited. */
export const Outlines = () => (
  <div role="status" aria-label={t('loading')}>
    {vitalNames.slice(0, 4).map((kind) => (
      <div key={kind} class="vital">
        <span>
          <b class="small quiet">{t(vitalKinds[kind].word)}</b>
          <span class="skeleton" />
        </span>
        <span class="skeleton" />
      </div>
    ))}
  </div>
)
