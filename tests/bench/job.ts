import { fork } from 'node:child_process'
import { once } from 'node:events'

interface JobOptions {
  /** Writes a CPU profile to this folder when the process ends. */
  readonly profiles?: string | undefined
  /** Further options for Node. */
  readonly flags?: readonly string[]
  /** Its working directory, if not this process's. */
  readonly cwd?: string
}

/** A separate process that does the job of one script. */
export interface JobProcess<Answer> {
  readonly answer: Answer
  /** The machine's resources that it has used so far. */
  usage(): Promise<Usage>
  /** Ends it, and resolves when it has ended. */
  stop(): Promise<void>
}

interface Usage {
  /** CPU time of all its threads, user and system, since its start. */
  readonly cpuMs: number
  /** Resident memory. */
  readonly memoryMb: number
}

/** No job takes longer than this. */
const LONGEST_MS = 600_000

/**
 * Starts a script in a new process, sends it its job, and waits for its answer. The process stays until it is stopped.
 *
 * @throws Error when it ends before it answers, or takes too long.
 */
export const startJob = async <Job, Answer>(
  script: URL,
  job: Job,
  { profiles, flags = [], cwd }: JobOptions = {},
): Promise<JobProcess<Answer>> => {
  const child = fork(script, {
    ...(cwd !== undefined && { cwd }),
    execArgv: [...flags, ...(profiles ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : [])],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  const exit = once(child, 'exit')
  const kill = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS)
  const stop = async () => {
    // `answerJob` ends when its channel closes. A profile is written only by a process that ends by itself.
    if (child.connected) child.disconnect()
    await exit
    clearTimeout(kill)
  }
  const usage = async (): Promise<Usage> => {
    const message = once(child, 'message')
    child.send({ usage: true })
    return ((await message)[0] as { usage: Usage }).usage
  }
  child.send({ job })
  const outcome = await Promise.race([once(child, 'message'), exit.then(() => undefined)])
  if (outcome) return { answer: (outcome[0] as { answer: Answer }).answer, usage, stop }
  clearTimeout(kill)
  throw new Error(`${script.pathname.split('/').slice(-2).join('/')} ended before it was done.`)
}

/** Like `startJob`, for a script that has nothing to do after its answer. */
export const doJob = async <Job, Answer>(script: URL, job: Job, options?: JobOptions): Promise<Answer> => {
  const { answer, stop } = await startJob<Job, Answer>(script, job, options)
  await stop()
  return answer
}

/** The script's side: does the job that the parent sends, and ends when the parent disconnects. */
export const answerJob = <Job, Answer>(run: (job: Job) => Promise<Answer>): void => {
  process.once('disconnect', () => process.exit())
  process.once('message', async ({ job }: { job: Job }) => {
    const answer = await run(job).catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
    process.on('message', () => process.send?.({ usage: usageNow() }))
    process.send?.({ answer })
  })
}

const usageNow = (): Usage => {
  const { user, system } = process.cpuUsage()
  return { cpuMs: (user + system) / 1000, memoryMb: process.memoryUsage.rss() / 2 ** 20 }
}
