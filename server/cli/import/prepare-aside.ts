import { Worker } from 'node:worker_threads'
import type { Clock } from '../../config.ts'
import type { Accepted } from './judge-record.ts'
import { type SourceText, textsOf } from './records.ts'

/** What the thread gets: the texts that one read of a file returned. */
export interface TextsToPrepare {
  readonly texts: readonly Pick<SourceText, 'text' | 'place'>[]
  readonly now: number
}
/** What it answers: for each text its resources, or nothing if any of them is not simply accepted. */
export type PreparedTexts = readonly (readonly Accepted[] | undefined)[]

/** A text, and its resources if they are ready to be stored. */
interface PreparedText extends SourceText {
  readonly accepted: readonly Accepted[] | undefined
}

/** Fewer characters are not worth a thread; more would take too much memory on two threads. */
const [FEWEST, MOST] = [30_000, 1_000_000]
/** Reads of a file that wait for the thread, or for the database. */
const AHEAD = 3

/**
 * Prepares the resources of files on a thread of its own, while those before them are stored. The thread knows only the texts. So it
 * leaves to the caller every text with a resource that is refused, or refers to another by its identifier, and every one that cannot be
 * read.
 */
export const prepareAside = (clock: Clock) => {
  let worker: Worker | undefined
  const waiting: PromiseWithResolvers<PreparedTexts>[] = []
  const start = (): Worker => {
    const started = new Worker(new URL('prepare-worker.ts', import.meta.url), {
      // Smaller than that of the main thread, so that whatever is printed here can be printed there.
      resourceLimits: { stackSizeMb: 1 },
    })
    started.on('message', (answer: PreparedTexts) => waiting.shift()?.resolve(answer))
    started.on('error', (error) => {
      worker = undefined
      for (const { reject } of waiting.splice(0)) reject(error)
    })
    return started
  }
  const ask = (message: TextsToPrepare): Promise<PreparedTexts> => {
    worker ??= start()
    worker.postMessage(message)
    const answer = Promise.withResolvers<PreparedTexts>()
    waiting.push(answer)
    return answer.promise
  }

  const prepare = async (texts: readonly SourceText[]): Promise<PreparedText[]> => {
    const prepared = await ask({
      texts: texts.map(({ text, place }) => ({ text, ...(place && { place }) })),
      now: clock(),
    })
    return texts.map((text, index) => ({ ...text, accepted: prepared[index] }))
  }
  /**
   * Yields what each read returned, and how many reads may wait after it. An error of the file comes after everything that was read
   * before it.
   */
  async function* readsOf(file: string): AsyncGenerator<{ ready: Promise<PreparedText[]>; most: number }> {
    try {
      for await (const texts of textsOf(file)) {
        const characters = texts.reduce((sum, { text }) => sum + text.length, 0)
        if (characters >= FEWEST && characters <= MOST) yield { ready: prepare(texts), most: AHEAD }
        else
          yield { ready: Promise.resolve(texts.map((text) => ({ ...text, accepted: undefined }))), most: 0 }
      }
    } catch (error) {
      yield { ready: Promise.reject(error), most: 0 }
    }
  }

  return {
    /** Yields the texts of a file in their order. @throws as `recordsOf` */
    textsOf: async function* (file: string): AsyncGenerator<PreparedText[]> {
      const waitingReads: Promise<PreparedText[]>[] = []
      for await (const { ready, most } of readsOf(file)) {
        // Thrown when it is its turn.
        ready.catch(() => undefined)
        waitingReads.push(ready)
        while (waitingReads.length > most) yield (await waitingReads.shift()) ?? []
      }
      for (const ready of waitingReads) yield await ready
    },
    close: async () => {
      await worker?.terminate()
    },
  }
}
