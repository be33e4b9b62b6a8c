import { AsyncLocalStorage } from 'node:async_hooks'

/** A life of the worker: how many more steps it takes, and what it waits for for ever once it is over. */
interface Life {
  left: number
  steps: number
  isOver: boolean
  over: () => void
}

const lives = new AsyncLocalStorage<Life>()

const never = () => new Promise<never>(() => undefined)

/**
 * What a worker does to the world outside of it: storage, keys, requests. Before each the browser may end it. Code of no life,
 * as a test's own, never ends.
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
 * Lets `work` live for so many steps. Answers how many it took, and whether it ended by itself. Whatever it had begun goes on
 * for no step more.
 */
export const liveFor = async (
  steps: number,
  work: () => Promise<unknown>,
): Promise<{ steps: number; ended: boolean }> => {
  const life: Life = { left: steps, steps: 0, isOver: false, over: () => undefined }
  const over = new Promise<boolean>((resolve) => {
    life.over = () => resolve(false)
  })
  const ended = await lives.run(life, () =>
    Promise.race([
      over,
      work().then(
        () => true,
        () => true,
      ),
    ]),
  )
  life.isOver = true
  return { steps: life.steps, ended }
}

/** The same thing, a step for each of its methods. */
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
