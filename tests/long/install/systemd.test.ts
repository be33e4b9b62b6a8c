import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../../scripts/server-process.ts'

const isThere = (program: string, ...args: string[]) => spawnSync(program, args).status === 0
const UNIT = 'docs/install/carekey.service'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-systemd-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Collects the lines that a process prints. */
const linesOf = (stream: NodeJS.ReadableStream): (() => string[]) => {
  let text = ''
  stream.on('data', (data) => {
    text += data
  })
  return () => text.split('\n').filter(Boolean)
}

/** A socket as that of systemd. */
const openNotifySocket = async (name: string) => {
  const path = join(folder, name)
  const child = spawn('python3', ['tests/fixtures/notify-socket.py', path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = linesOf(child.stdout)
  await expect.poll(lines, { timeout: 10_000 }).toContain('listening')
  return { path, states: () => lines().slice(1) }
}

/** Starts a server, by itself or by a program that then becomes its parent. */
const start = async (
  name: string,
  env: Readonly<Record<string, string>>,
  [program = process.execPath, ...words]: readonly string[] = [],
) => {
  const port = await freePort()
  const db = join(folder, `${name}.db`)
  const args = ['server/main.ts', '--port', String(port), '--db', `sqlite:${db}`]
  const child = spawn(program, [...words, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exit = once(child, 'exit')
  const url = `http://localhost:${port}`
  const statusOf = (path: string) =>
    fetch(`${url}${path}`).then(
      ({ status }) => status,
      () => 0,
    )
  return {
    child,
    log: linesOf(child.stdout),
    statusOf,
    untilReady: () => expect.poll(() => statusOf('/readyz'), { timeout: 20_000, interval: 50 }).toBe(200),
    /** @returns its exit status, and after how many milliseconds. */
    stop: async () => {
      const before = performance.now()
      child.kill('SIGTERM')
      const [code] = await exit
      return { code, after: performance.now() - before }
    },
  }
}

/** Holds the lock of a new database, so that a server that starts with it waits. */
const lock = (name: string) => {
  const other = new DatabaseSync(join(folder, `${name}.db`))
  other.exec('BEGIN IMMEDIATE')
  onTestFinished(() => {
    if (other.isOpen) other.close()
  })
  return other
}

describe.runIf(isThere('systemd-notify', '--version') && isThere('python3', '--version'))(
  'a server that systemd started',
  { timeout: 30_000 },
  () => {
    it('tells READY=1 when it answers, not before, and STOPPING=1 when it is told to stop', async () => {
      const socket = await openNotifySocket('notify')
      const other = lock('told')
      const server = await start('told', { NOTIFY_SOCKET: socket.path })
      await expect.poll(() => server.statusOf('/healthz'), { timeout: 20_000 }).toBe(200)
      await sleep(500)
      expect([await server.statusOf('/readyz'), socket.states()]).toEqual([503, []])
      other.close()
      await expect.poll(socket.states, { timeout: 20_000, interval: 10 }).toEqual(['READY=1'])
      expect(await server.statusOf('/readyz')).toBe(200)
      expect((await server.stop()).code).toBe(0)
      expect(socket.states()).toEqual(['READY=1', 'STOPPING=1'])
      expect(server.log().join('\n')).not.toContain('systemd could not be told')
    })

    it('says so in a line of its log, and goes on, if nobody listens there', async () => {
      const server = await start('unheard', { NOTIFY_SOCKET: join(folder, 'nobody') })
      await server.untilReady()
      await expect.poll(() => server.log().join('\n')).toContain('systemd could not be told the state')
      expect((await server.stop()).code).toBe(0)
    })
  },
)

describe('a server whose systemd-notify', { timeout: 30_000 }, () => {
  it('is missing says so in a line of its log, and goes on', async () => {
    const server = await start('alone', { NOTIFY_SOCKET: join(folder, 'nobody'), PATH: folder })
    await server.untilReady()
    await expect.poll(() => server.log().join('\n')).toContain('systemd could not be told the state')
    expect((await server.stop()).code).toBe(0)
    // One line for each of the two states.
    expect(server.log().filter((line) => line.includes('could not be told'))).toHaveLength(2)
  })

  it('hangs serves meanwhile, and ends in time', async () => {
    const bin = join(folder, 'bin')
    await mkdir(bin)
    await writeFile(join(bin, 'systemd-notify'), '#!/bin/sh\nexec /bin/sleep 60\n', { mode: 0o755 })
    const server = await start('hanging', { NOTIFY_SOCKET: join(folder, 'nobody'), PATH: bin })
    await server.untilReady()
    const { code, after } = await server.stop()
    expect(code).toBe(0)
    expect(after).toBeLessThan(4_000)
  })
})

/** Makes a process the first one of its namespace, as in a container: it has no default actions for signals. */
const AS_FIRST = ['unshare', '--pid', '--fork', '--kill-child']
const [UNSHARE = '', ...OPTIONS] = AS_FIRST

describe.runIf(isThere(UNSHARE, ...OPTIONS, 'true'))('the first process of a container', () => {
  it('ends at SIGTERM while it starts, and when it has', { timeout: 30_000 }, async () => {
    for (const isStarting of [true, false]) {
      const name = `first-${isStarting}`
      const other = isStarting ? lock(name) : undefined
      const server = await start(name, {}, [...AS_FIRST, process.execPath])
      await expect.poll(() => server.statusOf('/healthz'), { timeout: 20_000 }).toBe(200)
      if (!isStarting) await server.untilReady()
      const { pid } = server.child
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
      const exit = once(server.child, 'exit')
      process.kill(Number(children), 'SIGTERM')
      const ended = await Promise.race([exit, sleep(5_000, ['did not end'], { ref: false })])
      expect(ended[0]).toBe(0)
      other?.close()
    }
  })
})

describe.runIf(isThere('systemd-analyze', '--version'))('the unit for systemd', { timeout: 30_000 }, () => {
  it('is exposed by at most 3.0, as systemd counts it', () => {
    const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=yes', '--no-pager', UNIT])
    const [, exposure] = /Overall exposure level for carekey\.service: ([\d.]+)/.exec(String(stdout)) ?? []
    expect(Number(exposure)).toBeLessThanOrEqual(3)
  })

  it('is understood by systemd, and starts this project’s own Node', async () => {
    const here = join(folder, 'carekey.service')
    await writeFile(here, (await readFile(UNIT, 'utf8')).replaceAll('/opt/carekey', process.cwd()))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', here])
    expect([String(stderr), status]).toEqual(['', 0])
  })
})
