/** The worker thread of `hash-workers.ts`: computes one hash per message, in order. */
import { parentPort } from 'node:worker_threads'
import { hashSync, verifySync } from '@node-rs/argon2'
import type { HashAnswer, HashJob } from './hash-workers.ts'

const answer = (job: HashJob): HashAnswer => {
  try {
    return { value: 'hash' in job ? verifySync(job.hash, job.text) : hashSync(job.text, job.cost) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : 'hashing failed' }
  }
}

parentPort?.on('message', (job: HashJob) => parentPort?.postMessage(answer(job)))
