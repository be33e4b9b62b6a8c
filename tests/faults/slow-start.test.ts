import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../scripts/server-process.ts'
import { openSocket } from '../attacks/raw-request.ts'
import { canRunAsNobody, NOBODY } from '../fixtures/nobody.ts'
import { copySeeded, riverside } from '../fixtures/seeded-database.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { mountSmallDisk } from './small-disk.ts'

let folder: string
/** The files of a server that ran and was stopped: database, keys, access log. */
let sound: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-start-'))
  sound = join(folder, 'sound')
  await mkdir(sound)
  await copySeeded(join(sound, 'clinic.db'), riverside)
  await (await startServerProcess({ db: `sqlite:${sound}/clinic.db` })).stop()
})
afterAll(() => rm(folder, { recursive: true }))

/** A copy that a test may damage. */
const copied = async (name: string): Promise<string> => {
  const copy = join(folder, name)
  await cp(sound, copy, { recursive: true })
  return copy
}

interface Started {
  readonly url: string
  readonly child: ChildProcess
  said(): string
  /** The last line and the exit status, once the process has ended. */
  ended(): Promise<string>
}
const start = async (where: string, ...more: string[]): Promise<Started> => {
  const port = await freePort()
  const args = [
    'server/main.ts',
    '--port',
    String(port),
    '--db',
    `sqlite:${where}/clinic.db`,
    '--demo',
    'riverside',
  ]
  const child = spawn(process.execPath, [...args, ...more])
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      output += text
    })
  const exit = once(child, 'close')
  return {
    url: `http://localhost:${port}`,
    child,
    said: () => output,
    ended: async () => {
      const [code] = await exit
      return `${code}: ${output.trimEnd().split('\n').at(-1)}`
    },
  }
}

const statusOf = (url: string): Promise<number> =>
  fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    ({ status }) => status,
    () => 0,
  )
const until = async (url: string, expected: number): Promise<void> => {
  for (const deadline = Date.now() + 60_000; (await statusOf(url)) !== expected; await sleep(20))
    if (Date.now() > deadline) throw new Error(`${url} did not answer ${expected}.`)
}

describe('F53 a start', { timeout: 90_000 }, () => {
  it('waits for another process that holds the lock of the file, and answers health checks meanwhile', async () => {
    const where = await copied('locked')
    const other = new DatabaseSync(join(where, 'clinic.db'))
    other.exec('BEGIN IMMEDIATE')
    const server = await start(where)
    await until(`${server.url}/healthz`, 200)
    // Asks for ten seconds; each answer comes within one.
    for (let second = 0; second < 10; second++) {
      expect(await statusOf(`${server.url}/healthz`)).toBe(200)
      expect(await statusOf(`${server.url}/readyz`)).toBe(503)
      await sleep(1_000)
    }
    const meanwhile = await fetch(`${server.url}/fhir/metadata`)
    expect([meanwhile.status, meanwhile.headers.get('retry-after')]).toEqual([503, '1'])
    expect(server.said()).toMatch(/^Another process has locked .+clinic\.db; waiting up to 30 s for it\.\n$/)
    other.exec('ROLLBACK')
    other.close()
    await until(`${server.url}/readyz`, 200)
    expect(await statusOf(`${server.url}/fhir/metadata`)).toBe(200)
  })

  it('answers what it was asked meanwhile, if it is ready soon', async () => {
    const where = await copied('asked')
    const other = new DatabaseSync(join(where, 'clinic.db'))
    other.exec('BEGIN IMMEDIATE')
    const server = await start(where)
    await until(`${server.url}/healthz`, 200)
    const asking = fetch(`${server.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ a: 'b' }),
    })
    await sleep(500)
    other.exec('ROLLBACK')
    other.close()
    const answer = await asking
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_request' }])
  })

  it('takes no harm from SIGHUP while it waits', async () => {
    const where = await copied('hung-up')
    const other = new DatabaseSync(join(where, 'clinic.db'))
    other.exec('BEGIN IMMEDIATE')
    const server = await start(where)
    await until(`${server.url}/healthz`, 200)
    server.child.kill('SIGHUP')
    expect(await statusOf(`${server.url}/healthz`)).toBe(200)
    other.exec('ROLLBACK')
    other.close()
    await until(`${server.url}/readyz`, 200)
  })

  it('J01 survives connections that are reset while it waits', async () => {
    const where = await copied('reset')
    const other = new DatabaseSync(join(where, 'clinic.db'))
    other.exec('BEGIN IMMEDIATE')
    const server = await start(where)
    await until(`${server.url}/healthz`, 200)
    for (const bytes of [
      'CONNECT x HTTP/1.1\r\nHost: x\r\n\r\n',
      'NO REQUEST\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x',
    ])
      for (let time = 0; time < 5; time++) {
        const socket = await openSocket(server.url)
        await new Promise((resolve) => socket.write(bytes, resolve))
        socket.resetAndDestroy()
      }
    expect(await statusOf(`${server.url}/healthz`)).toBe(200)
    other.exec('ROLLBACK')
    other.close()
    await until(`${server.url}/readyz`, 200)
  })

  it('that is complete is not undone when another process takes the lock', async () => {
    const where = await copied('locked-later')
    const server = await start(where)
    await until(`${server.url}/readyz`, 200)
    const other = new DatabaseSync(join(where, 'clinic.db'))
    other.exec('BEGIN IMMEDIATE')
    const write = fetch(`${server.url}/readyz`)
    for (let turn = 0; turn < 5; turn++) {
      expect(await statusOf(`${server.url}/healthz`)).toBe(200)
      await sleep(200)
    }
    other.exec('ROLLBACK')
    other.close()
    expect((await write).status).toBe(200)
  })

  it.each<[string, RegExp, (where: string) => Promise<unknown>]>([
    [
      'the key file is missing',
      /The keys of this database are missing: there is no file .+clinic\.keys\./,
      (where) => rm(`${where}/clinic.keys`),
    ],
    [
      'the key file holds something else',
      /clinic\.keys does not contain Carekey's keys\./,
      (where) => writeFile(`${where}/clinic.keys`, 'Dear Sir or Madam'),
    ],
    [
      'the key file is a folder',
      /clinic\.keys cannot be read: it is a folder\./,
      async (where) => {
        await rm(`${where}/clinic.keys`)
        await mkdir(`${where}/clinic.keys`)
      },
    ],
    [
      "the access log's key is missing",
      /its key .+clinic\.log-key is missing/,
      (where) => rm(`${where}/clinic.log-key`),
    ],
    [
      "the access log's key is a folder",
      /clinic\.log-key cannot be read: it is a folder\./,
      async (where) => {
        await rm(`${where}/clinic.log-key`)
        await mkdir(`${where}/clinic.log-key`)
      },
    ],
  ])('fails when %s', async (name, sentence, spoil) => {
    const where = await copied(name.replaceAll(/\W/g, '-'))
    await spoil(where)
    const output = await (await start(where)).ended()
    expect(output).toMatch(/^1: /)
    expect(output).toMatch(sentence)
  })

  it('restricts a key file that others may read, and says so', async () => {
    const where = await copied('wide')
    await chmod(`${where}/clinic.keys`, 0o644)
    const server = await start(where)
    await until(`${server.url}/readyz`, 200)
    expect(server.said()).toContain(
      `${where}/clinic.keys was open to others (mode 644); its mode is 600 now.\n`,
    )
    expect((await stat(`${where}/clinic.keys`)).mode & 0o777).toBe(0o600)
  })

  // As nobody, because root may read everything and change every mode.
  if (canRunAsNobody)
    it('fails when this user may not read the key file, or not narrow its permissions', async () => {
      const where = await copied('foreign')
      execFileSync('chown', ['-R', `${NOBODY.uid}:${NOBODY.gid}`, where])
      execFileSync('chmod', ['755', folder])
      const asNobody = (...args: string[]) =>
        new Promise<string>((resolve) => {
          const db = `sqlite:${where}/clinic.db`
          const child = spawn(
            process.execPath,
            ['server/main.ts', '--port', '0', '--db', db, '--demo', 'riverside', ...args],
            NOBODY,
          )
          let output = ''
          child.stderr.on('data', (text) => {
            output += text
          })
          child.on('close', (code) => resolve(`${code}: ${output.trimEnd().split('\n').at(-1)}`))
        })
      execFileSync('chown', ['root:root', `${where}/clinic.keys`])
      expect(await asNobody()).toMatch(/^1: .+clinic\.keys cannot be read: permission denied\.$/)
      await chmod(`${where}/clinic.keys`, 0o644)
      expect(await asNobody()).toMatch(
        /^1: .+clinic\.keys is open to others \(mode 644\), and this user cannot change that\./,
      )
    })

  it("F24 fails on a demo's database without --demo", async () => {
    const where = await copied('no-demo')
    const port = String(await freePort())
    const server = spawn(process.execPath, [
      'server/main.ts',
      '--port',
      port,
      '--db',
      `sqlite:${where}/clinic.db`,
    ])
    let output = ''
    server.stderr.on('data', (text) => {
      output += text
    })
    const [code] = await once(server, 'close')
    expect(code).toBe(1)
    expect(output).toMatch(/^This database holds the demo riverside, whose passwords everybody knows\./)
  })

  const disk = mountSmallDisk()
  if (disk === undefined) return
  afterAll(disk.unmount)

  it.each(['--keys', '--log-key', '--db'])('says so when the disk is full that %s names', async (option) => {
    const where = await copied(`full${option}`)
    const database = new DatabaseSync(join(where, 'clinic.db'))
    database.exec("delete from setting where name = 'keys.signing'; delete from audit_checkpoint")
    database.close()
    for (const name of ['clinic.keys', 'clinic.log-key', 'clinic.log-key.checkpoint'])
      await rm(join(where, name))
    await cp(join(where, 'clinic.db'), join(disk.folder, 'clinic.db'))
    await disk.fill()
    onTestFinished(disk.free)
    const path = join(disk.folder, option === '--db' ? 'clinic.db' : 'a.key')
    const server = await start(where, option, option === '--db' ? `sqlite:${path}` : path)
    const output = await server.ended()
    expect(output).toMatch(/^1: .+(the disk is full|database or disk is full)\.$/)
    expect(output).toContain(path)
  })
})
