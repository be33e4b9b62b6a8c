import { lately } from '../words/when.tsx'
import { t } from '../words/words.ts'
import { Button } from './button.tsx'

interface Props {
  /** Milliseconds since 1970. */
  at: number
  busy: boolean
  onRefresh: () => void
}

/** When a list was read, and a button that reads it again: nothing reads it again by itself while it is on screen. */
export const AsOf = ({ at, busy, onRefresh }: Props) => (
  <div class="row quiet small">
    <span aria-live="polite">{t('as_of', lately(at))}</span>
    <Button look="plain" busy={busy} onClick={onRefresh}>
      {t('refresh')}
    </Button>
  </div>
)
