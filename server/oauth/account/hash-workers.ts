import { Worker } from 'node:worker_threads'

/** What a hash costs, argon2id: `memoryCost` in KiB. */
export interface HashCost {
  readonly memoryCost: number
  readonly timeCost: number
  readonly parallelism: number
}

/** Hashes a text, or compares it with what was hashed. */
export type HashJob =
  | { readonly text: string; readonly cost: HashCost }
  | { readonly text: string; readonly hashed: string }

export type HashAnswer = { readonly value: string | boolean } | { readonly error: string }

/** So many hashes wait already that another would not be done in time. Nothing was looked at: ask again in a moment. */
export class HashingBusy extends Error {
  readonly code = 'hashing-busy'
}

type Hash = (job: HashJob) => Promise<string | boolean>

export interface HashWorkers {
  /** @throws HashingBusy */
  readonly hash: Hash
  /**
   * Takes a place in the queue before anything else is done for the hash that `work` may ask for: a flood is turned away at
   * once, and what it may do beside hashing is bounded as well.
   *
   * @throws HashingBusy
   */
  hold<T>(work: (hash: Hash) => Promise<T>): Promise<T>
}

interface Waiting {
  readonly job: HashJob
  resolve(value: string | boolean): void
  reject(error: Error): void
}

/**
 * Threads that do nothing but hash. Node's own threads bring everybody's answers to disk: a flood of passwords there would
 * make every reader of a record wait.
 *
 * @param most that hash at once; a thread starts when it is first needed, and never keeps the process alive by itself.
 * @param longestQueue of those that wait for a thread.
 */
export const createHashWorkers = ({
  most,
  longestQueue,
}: {
  most: number
  longestQueue: number
}): HashWorkers => {
  const idle: Worker[] = []
  const queue: Waiting[] = []
  let started = 0
  let held = 0

  const start = (): Worker => {
    started += 1
    // Whatever this process was started with is not for a thread that only hashes.
    return new Worker(new URL('hash-worker.ts', import.meta.url), { execArgv: [] })
  }

  const work = (worker: Worker, { job, resolve, reject }: Waiting): void => {
    const onAnswer = (answer: HashAnswer) => {
      worker.off('error', onFault)
      worker.unref()
      idle.push(worker)
      takeNext()
      if ('value' in answer) resolve(answer.value)
      else reject(new Error(answer.error))
    }
    const onFault = (error: Error) => {
      worker.off('message', onAnswer)
      started -= 1
      takeNext()
      reject(error)
    }
    worker.ref()
    worker.once('message', onAnswer)
    worker.once('error', onFault)
    worker.postMessage(job)
  }

  const takeNext = (): void => {
    const next = queue[0]
    const worker = next && (idle.pop() ?? (started < most ? start() : undefined))
    if (!next || !worker) return
    queue.shift()
    work(worker, next)
  }

  const queued: Hash = (job) =>
    new Promise((resolve, reject) => {
      queue.push({ job, resolve, reject })
      takeNext()
    })

  const hold: HashWorkers['hold'] = async (work) => {
    if (held >= most + longestQueue) throw new HashingBusy('Too many hashes wait.')
    held += 1
    try {
      return await work(queued)
    } finally {
      held -= 1
    }
  }

  return { hold, hash: (job) => hold((hash) => hash(job)) }
}
