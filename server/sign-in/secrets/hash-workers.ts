import { Worker } from 'node:worker_threads'
import { serverBusy } from '../../fhir-error.ts'

/** The cost of an argon2id hash; `memoryCost` in KiB. */
export interface HashCost {
  readonly memoryCost: number
  readonly timeCost: number
  readonly parallelism: number
}

/** A text to hash, or to verify against a hash. */
export type HashJob =
  | { readonly text: string; readonly cost: HashCost }
  | { readonly text: string; readonly hash: string }

export type HashAnswer = { readonly value: string | boolean } | { readonly error: string }

type Hash = (job: HashJob) => Promise<string | boolean>

/** Somebody for whom a place in the queue is, and the part of all places that they take at most. */
export interface Sharer {
  readonly name: string
  readonly share: number
  /** Whether their hashes go before those of others. */
  readonly goesFirst?: true
}

interface HashWorkers {
  /** @throws FhirError 503 when the queue is full. */
  readonly hash: Hash
  /**
   * Reserves a place in the queue before `work` begins, so that a flood of requests is refused before it writes anything.
   *
   * @param sharers whom the place is for; each has a part of all places, so that nobody keeps the others out.
   * @throws FhirError 503 when the queue is full, or a sharer's part of it.
   */
  reserve<T>(sharers: readonly Sharer[], work: (hash: Hash) => Promise<T>): Promise<T>
}

interface QueuedJob {
  readonly job: HashJob
  resolve(value: string | boolean): void
  reject(error: Error): void
}

/** The most hashes that go first in a row while others wait, so that these get a quarter of the work at least. */
const MOST_IN_A_ROW = 3

/**
 * Creates threads that only hash. Node's own thread pool also does the disk work, so a flood of passwords there would delay
 * every reader of a record.
 *
 * @param most threads at once; a thread starts when it is first needed, and does not keep the process alive while idle.
 * @param longestQueue the most hashes that may wait for a thread, in both lines together.
 */
export const createHashWorkers = ({
  most,
  longestQueue,
}: {
  most: number
  longestQueue: number
}): HashWorkers => {
  const idle: Worker[] = []
  const firstLine: QueuedJob[] = []
  const secondLine: QueuedJob[] = []
  let inARow = 0
  const places = most + longestQueue
  const reservedBy = new Map<string, number>()
  let threadCount = 0
  let reserved = 0

  const start = (): Worker => {
    threadCount += 1
    // A thread that only hashes does not need the command-line options of this process.
    return new Worker(new URL('hash-worker.ts', import.meta.url), { execArgv: [] })
  }

  const work = (worker: Worker, { job, resolve, reject }: QueuedJob): void => {
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
      threadCount -= 1
      takeNext()
      reject(error)
    }
    worker.ref()
    worker.once('message', onAnswer)
    worker.once('error', onFault)
    worker.postMessage(job)
  }

  const takeNext = (): void => {
    const othersWait = secondLine.length > 0
    const isFirst = firstLine.length > 0 && !(othersWait && inARow >= MOST_IN_A_ROW)
    const line = isFirst ? firstLine : secondLine
    const [next] = line
    const worker = next && (idle.pop() ?? (threadCount < most ? start() : undefined))
    if (!next || !worker) return
    line.shift()
    inARow = isFirst && othersWait ? inARow + 1 : 0
    work(worker, next)
  }

  const enqueue = (line: QueuedJob[], job: HashJob): ReturnType<Hash> =>
    new Promise((resolve, reject) => {
      line.push({ job, resolve, reject })
      takeNext()
    })

  /** Counts one place more, or one less. */
  const count = (sharers: readonly Sharer[], change: 1 | -1) => {
    reserved += change
    for (const { name } of sharers) {
      const own = (reservedBy.get(name) ?? 0) + change
      if (own > 0) reservedBy.set(name, own)
      else reservedBy.delete(name)
    }
  }

  const reserve: HashWorkers['reserve'] = async (sharers, work) => {
    const hasShare = ({ name, share }: Sharer) =>
      (reservedBy.get(name) ?? 0) < Math.max(1, Math.floor(places * share))
    if (reserved >= places || !sharers.every(hasShare)) throw serverBusy()
    count(sharers, 1)
    const line = sharers.some(({ goesFirst }) => goesFirst) ? firstLine : secondLine
    try {
      return await work((job) => enqueue(line, job))
    } finally {
      count(sharers, -1)
    }
  }

  return { reserve, hash: (job) => reserve([], (hash) => hash(job)) }
}
