import { AsyncLocalStorage } from 'node:async_hooks'

/** The life of a worker: the number of steps that are left. After the last one, everything that it does waits for ever. */
interface Life {
  left: number
  steps: number
  isOver: boolean
  over: () => void
}

const lives = new AsyncLocalStorage<Life>()

const never = () => new Promise<never>(() => undefined)

/**
 * A worker's effects on the outside: storage, keys, requests. The browser may end the worker before each one. Code outside a
 * life, such as that of the test itself, never ends.
 */
export const step = async (): Promise<void> => {
  const life = lives.getStore()
  if (!life) return
  if (life.isOver) return never()
  if (life.left-- > 0) {
    life.steps++
    return
  }
  life.isOver = true
  life.over()
  return never()
}

/**
 * Lets `work` live for this many steps. Returns how many it took, and whether it finished. Anything that it started takes no
 * further step.
 */
export const liveFor = async (
  steps: number,
  work: () => Promise<unknown>,
): Promise<{ steps: number; ended: boolean }> => {
  const life: Life = { left: steps, steps: 0, isOver: false, over: () => undefined }
  const over = new Promise<boolean>((resolve) => {
    life.over = () => resolve(false)
  })
  const isDone = await lives.run(life, () =>
    Promise.race([
      over,
      work().then(
        () => true,
        () => true,
      ),
    ]),
  )
  life.isOver = true
  return { steps: life.steps, ended: isDone }
}

/** The same object, with a step for each of its methods. */
export const stepwise = <T extends object>(thing: T): T =>
  Object.fromEntries(
    Object.entries(thing).map(([name, method]) => [
      name,
      async (...given: unknown[]) => {
        await step()
        return method(...given)
      },
    ]),
  ) as T
