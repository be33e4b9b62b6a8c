import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A process that this one started and must stop. */
export interface Child {
  /** Resolves when the process has ended; never rejects. */
  readonly ended: Promise<Ending>
  /** Sends SIGTERM, and SIGKILL after five seconds. Resolves when the process has ended. */
  stop(): Promise<void>
}

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly error?: Error
}

interface ChildOptions {
  readonly env?: Record<string, string | undefined>
  /** Called with each line of stdout and stderr. If absent, the process writes to this terminal itself. */
  readonly onLine?: (line: string) => void
}

const running = new Set<ChildProcess>()
// A child must not outlive this process, however it ends; in 'exit' only synchronous calls still run.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export const startChild = (command: string, args: readonly string[], options: ChildOptions = {}): Child => {
  const { onLine } = options
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', onLine ? 'pipe' : 'inherit', onLine ? 'pipe' : 'inherit'],
  })
  running.add(child)
  if (onLine) {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', onLine)
    }
  }

  const ended = new Promise<Ending>((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, error }))
    child.on('close', (code, signal) => resolve({ code, signal }))
  }).finally(() => running.delete(child))

  const stop = async () => {
    if (!running.has(child)) return
    child.kill('SIGTERM')
    const killTimer = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await ended
    clearTimeout(killTimer)
  }
  return { ended, stop }
}

/** Returns why a process ended, as the end of a sentence. */
export const explain = ({ code, signal, error }: Ending): string =>
  error
    ? `could not be started: ${error.message}`
    : signal
      ? `was ended by ${signal}`
      : `ended with exit status ${code}`
