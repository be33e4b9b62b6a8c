import { ask } from '../messages/ask.ts'
import type { Unrevoked as Told } from '../messages/state.ts'
import { useLater } from '../ui/use-later.ts'

/** Told after what is seen first. */
export const Unrevoked = ({ all }: { all: readonly Told[] }) => {
  const later = useLater(() => import('./after-first-paint.ts'))
  return later && <later.UnrevokedNotices all={all} onDismiss={(id) => ask('dismiss-unrevoked', { id })} />
}
