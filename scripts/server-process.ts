import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Child, type Ending, explain, startChild } from './child.ts'

interface ServerOptions {
  readonly port: number
  /** `sqlite:PATH` or `postgres://…` */
  readonly db: string
  readonly demo?: 'riverside' | 'pulse' | 'withings'
  /** The name of a configuration file. */
  readonly config?: string
  /** Restarts on a change of its source. */
  readonly watch?: boolean
  readonly onLine: (line: string) => void
}

/** Starts one organization (`server/main.ts`) as a separate process. `untilReady` waits until it answers. */
export const startServer = ({ port, db, demo, config, watch, onLine }: ServerOptions): Child =>
  startChild(
    process.execPath,
    [
      ...(watch ? ['--watch', '--watch-preserve-output'] : []),
      'server/main.ts',
      ...['--port', String(port), '--db', db],
      ...(demo ? ['--demo', demo] : []),
      ...(config ? ['--config', config] : []),
    ],
    { onLine },
  )

const isAnswering = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false
  }
}

/**
 * Resolves when the server answers `B/readyz` with 200.
 *
 * @throws Error when its process ends first, or after a minute.
 */
export const untilReady = async (url: string, child: Child): Promise<void> => {
  let ending: Ending | undefined
  void child.ended.then((it) => {
    ending = it
  })
  const deadline = Date.now() + 60_000
  while (!(await isAnswering(`${url}/readyz`))) {
    if (ending) throw new Error(`The server for ${url} ${explain(ending)}.`)
    if (Date.now() > deadline) throw new Error(`The server for ${url} was not ready within a minute.`)
    await sleep(50)
  }
}

const canListen = (port: number, host: string) =>
  new Promise<boolean>((resolve) => {
    const probe = createServer()
    // An address family that this machine lacks is not a taken port.
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'))
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)))
  })

/** Whether both addresses of `localhost` are free, because a program on either one is in the way. */
export const isPortFree = async (port: number): Promise<boolean> =>
  (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'))

/** Returns a free port, chosen by the operating system. */
export const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
