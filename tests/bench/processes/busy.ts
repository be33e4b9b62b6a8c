import { answerJob } from '../job.ts'

/** Takes half of the core that a server runs on, as another server that is busy all the time would. */
answerJob(async (): Promise<void> => {
  const compute = () => {
    const end = performance.now() + 1
    while (performance.now() < end);
    setImmediate(compute)
  }
  compute()
})
