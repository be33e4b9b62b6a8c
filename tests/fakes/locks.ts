import { step } from './lives.ts'

type Mode = 'shared' | 'exclusive'
interface Waiting {
  readonly mode: Mode
  readonly enter: () => void
}
interface Held {
  shared: number
  exclusive: boolean
  readonly waiting: Waiting[]
}

/** The Web Locks of one worker (`navigator.locks.request`): a browser that ends the worker releases all of them. */
export const createLocks = (): Pick<LockManager, 'request'> => {
  const all = new Map<string, Held>()

  const admit = (lock: Held): void => {
    const [first] = lock.waiting
    if (!first || lock.exclusive || (first.mode === 'exclusive' && lock.shared > 0)) return
    lock.waiting.shift()
    if (first.mode === 'exclusive') lock.exclusive = true
    else lock.shared++
    first.enter()
    admit(lock)
  }

  const request = async <T>(
    name: string,
    ...given: [() => Promise<T>] | [{ mode?: Mode }, () => Promise<T>]
  ): Promise<T> => {
    await step()
    const work = given[given.length - 1] as () => Promise<T>
    const { mode = 'exclusive' } = given.length === 2 ? (given[0] as { mode?: Mode }) : {}
    const lock = all.get(name) ?? { shared: 0, exclusive: false, waiting: [] }
    all.set(name, lock)
    await new Promise<void>((enter) => {
      lock.waiting.push({ mode, enter })
      admit(lock)
    })
    try {
      return await work()
    } finally {
      if (mode === 'exclusive') lock.exclusive = false
      else lock.shared--
      admit(lock)
    }
  }
  return { request } as Pick<LockManager, 'request'>
}
