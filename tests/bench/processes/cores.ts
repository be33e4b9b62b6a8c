import { execFileSync } from 'node:child_process'

/** The core of PostgreSQL and of the processes that send requests. */
export const OTHERS = '0'
/** The core of the servers. */
export const SERVERS = '1'

/** Runs a function while processes that it starts are bound to these cores. Needs Linux's `taskset`. */
export const onCores = async <T>(cores: string, start: () => Promise<T>): Promise<T> => {
  const before = coresOf(process.pid)
  bind(cores)
  try {
    return await start()
  } finally {
    bind(before)
  }
}

const coresOf = (pid: number): string =>
  execFileSync('taskset', ['-cp', String(pid)], { encoding: 'utf8' })
    .split(': ')
    .at(-1)
    ?.trim() ?? ''

const bind = (cores: string): void => {
  execFileSync('taskset', ['-cp', cores, String(process.pid)], { stdio: 'ignore' })
}
