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

  const admit = (held: Held): void => {
    const [first] = held.waiting
    if (!first || held.exclusive || (first.mode === 'exclusive' && held.shared > 0)) return
    held.waiting.shift()
    if (first.mode === 'exclusive') held.exclusive = true
    else held.shared++
    first.enter()
    admit(held)
  }

  const request = async <T>(
    name: string,
    ...given: [() => Promise<T>] | [{ mode?: Mode }, () => Promise<T>]
  ): Promise<T> => {
    await step()
    const work = given[given.length - 1] as () => Promise<T>
    const { mode = 'exclusive' } = given.length === 2 ? (given[0] as { mode?: Mode }) : {}
    const held = all.get(name) ?? { shared: 0, exclusive: false, waiting: [] }
    all.set(name, held)
    await new Promise<void>((enter) => {
      held.waiting.push({ mode, enter })
      admit(held)
    })
    try {
      return await work()
    } finally {
      if (mode === 'exclusive') held.exclusive = false
      else held.shared--
      admit(held)
    }
  }
  return { request } as Pick<LockManager, 'request'>
}
