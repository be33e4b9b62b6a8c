import type { ComponentType } from 'preact'
import type { Lock } from '../messages/lock.ts'
import { Skeleton } from './skeleton.tsx'
import { useLater } from './use-later.ts'

interface Props {
  lock: Lock
  /** What opens it is loaded only then, in whichever file a page has for such things. */
  load: () => Promise<{ LockScreen: ComponentType<{ lock: Lock }> }>
}

/** Stands for a whole page while Carekey is locked. */
export const Locked = ({ lock, load }: Props) => {
  const screen = useLater(load)
  return (
    <main class="locked">{screen ? <screen.LockScreen lock={lock} /> : <Skeleton bars={[32, 76]} />}</main>
  )
}
