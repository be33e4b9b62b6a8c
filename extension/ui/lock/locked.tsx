import type { ComponentType } from 'preact'
import type { Lock } from '../../messages/lock.ts'
import { Skeleton, useLater } from '../controls/skeleton.tsx'

interface Props {
  lock: Lock
  /** Loads the lock screen only when it is needed, from the page's own lazy file. */
  load: () => Promise<{ LockScreen: ComponentType<{ lock: Lock }> }>
}

/** Replaces the whole page while Carekey is locked. */
export const Locked = ({ lock, load }: Props) => {
  const screen = useLater(load)
  return (
    <main class="locked">{screen ? <screen.LockScreen lock={lock} /> : <Skeleton bars={[32, 76]} />}</main>
  )
}
