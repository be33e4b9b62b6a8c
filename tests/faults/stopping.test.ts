import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startRecordingServer } from '../fakes/recording-server.ts'
import { copySeeded, riverside } from '../fixtures/seeded-database.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { registerSignedClient } from '../fixtures/signed-client.ts'
import { createDatabase } from '../fixtures/store.ts'

describe('T11 a server behind a proxy', () => {
  let folder: string
  let servers: ServerProcess[]
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carekey-stopping-'))
    const start = async (name: string) => {
      const config = join(folder, `${name}.json`)
      await writeFile(config, JSON.stringify({ trustProxy: ['127.0.0.1', '::1'] }))
      return startServerProcess({ db: `sqlite:${join(folder, `${name}.db`)}`, config })
    }
    servers = await Promise.all([start('first'), start('second')])
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.kill()))
    await rm(folder, { recursive: true, force: true })
  })

  /** Asks as a proxy does, on connections that it keeps. @throws Error of the system */
  const ask = (agent: Agent, url: string): Promise<{ status: number; closes: boolean }> =>
    new Promise((resolve, reject) => {
      request(`${url}/fhir/metadata`, { agent }, (response) => {
        response.resume()
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, closes: response.headers.connection === 'close' }),
        )
        response.on('error', reject)
      })
        .on('error', reject)
        .end()
    })

  test('takes no harm from SIGHUP', async () => {
    const [first] = servers
    first?.hangUp()
    const agent = new Agent()
    for (let i = 0; i < 5; i++) expect((await ask(agent, first?.url ?? '')).status).toBe(200)
    agent.destroy()
  })

  test('stops without failing a request: it says so, and goes on answering until the proxy asks the other', async () => {
    const [first, second] = servers.map(({ url }) => url)
    const agent = new Agent({ keepAlive: true, maxSockets: 4 })
    let isStopped = false
    const answers: { status: number; closes: boolean }[] = []
    let isFirstReady = true
    const check = async () => {
      while (!isStopped) {
        isFirstReady = await fetch(`${first}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        )
        await sleep(500)
      }
    }
    const askOn = async () => {
      while (!isStopped) answers.push(await ask(agent, (isFirstReady ? first : second) ?? ''))
    }
    const asking = Promise.all([check(), askOn(), askOn(), askOn(), askOn()])
    await expect.poll(() => answers.length).toBeGreaterThan(20)
    const stopping = servers[0]?.stop()
    await expect
      .poll(async () => (await fetch(`${first}/readyz`)).json())
      .toEqual({ status: 'not-ready', reason: 'stopping', detail: expect.any(String) })
    expect((await fetch(`${first}/healthz`)).status).toBe(200)
    await stopping
    isStopped = true
    await asking
    agent.destroy()
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(answers.some(({ closes }) => closes)).toBe(true)
    expect(servers[0]?.log().join('\n')).toContain('"Stopping: ')
  })
})

describe('a server that stops', { timeout: 90_000 }, () => {
  test('finishes a request for which it asks another server', async () => {
    const asked = Promise.withResolvers<void>()
    const upstream = await startRecordingServer(async ({ path }) => {
      if (path === '/fhir/metadata') return { body: STATEMENT }
      if (path !== '/fhir/Patient/p1') return { status: 404 }
      asked.resolve()
      await sleep(1_000)
      return { body: { resourceType: 'Patient', id: 'p1' } }
    })
    onTestFinished(upstream.close)
    const database = await createDatabase('sqlite')
    onTestFinished(database.close)
    const source = { kind: 'fhir', base: `${upstream.origin}/fhir`, authentication: { kind: 'none' } }
    const config = `${database.logKey}.json`
    await writeFile(config, JSON.stringify({ source }))
    const server = await startServerProcess({ db: database.url, logKey: database.logKey, config })
    onTestFinished(server.kill)
    const store = await database.open()
    const client = await registerSignedClient({ url: server.url, store })
    await store.close()
    const answer = await client.request({ grant_type: 'client_credentials', scope: 'system/Patient.r' })
    const { access_token } = (await answer.json()) as { access_token: string }
    const reading = fetch(`${server.url}/fhir/Patient/p1`, {
      headers: { authorization: `Bearer ${access_token}` },
    })
    await asked.promise
    await server.stop()
    expect((await reading).status).toBe(200)
  })

  test('ends in time although its database is locked', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carekey-locked-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const file = join(folder, 'clinic.db')
    await copySeeded(file, riverside)
    const server = await startServerProcess({ db: `sqlite:${file}` })
    onTestFinished(server.kill)
    const other = new DatabaseSync(file)
    onTestFinished(() => other.close())
    other.exec('BEGIN IMMEDIATE')
    const start = performance.now()
    await server.stop()
    expect(performance.now() - start).toBeLessThan(7_000)
  })

  test('cuts off a request that never comes to its end', async () => {
    const database = await createDatabase('sqlite', riverside)
    onTestFinished(database.close)
    const server = await startServerProcess({ db: database.url, logKey: database.logKey })
    onTestFinished(server.kill)
    const socket = connect(server.port, 'localhost')
    await once(socket, 'connect')
    socket.on('error', () => undefined)
    socket.write('GET /fhir/metadata HTTP/1.1\r\nHost: localhost\r\nX-Long: ')
    const sending = setInterval(() => socket.write('a'), 100)
    onTestFinished(() => clearInterval(sending))
    await server.stop()
    expect(socket.bytesRead).toBe(0)
  })
})

const STATEMENT = {
  resourceType: 'CapabilityStatement',
  fhirVersion: '4.0.1',
  rest: [{ mode: 'server', resource: [{ type: 'Patient', interaction: [{ code: 'read' }] }] }],
}

describe('a server whose output cannot be written', { timeout: 90_000 }, () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carekey-output-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const start = async (path: string, flags: string | number) => {
    const output = openSync(path, flags)
    onTestFinished(() => closeSync(output))
    await copySeeded(join(folder, 'clinic.db'), riverside)
    const server = await startServerProcess({ db: `sqlite:${join(folder, 'clinic.db')}`, output })
    onTestFinished(() => server.kill())
    const ask = async (times: number) => {
      // An answered request is logged with its name.
      const headers = { 'x-request-id': 'n'.repeat(64) }
      for (let i = 0; i < times; i++)
        expect((await fetch(`${server.url}/healthz`, { headers })).status).toBe(200)
    }
    return { server, ask, output }
  }

  test('starts, answers and stops on a full disk', async () => {
    const { server, ask } = await start('/dev/full', 'w')
    await ask(20)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    await server.stop()
  })

  test('answers and stops while nobody reads the pipe, and says later how many lines it dropped', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const { server, ask, output } = await start(pipe, 'r+')
    /** Reads until the pipe is empty. */
    const read = (): string => {
      const chunk = Buffer.alloc(65_536)
      for (let text = ''; ; )
        try {
          text += chunk.toString('latin1', 0, readSync(output, chunk))
        } catch {
          return text
        }
    }
    await ask(4_000)
    let text = ''
    for (let i = 0; i < 20; i++) {
      text += read()
      await ask(1)
    }
    text += read()
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const dropped = lines.filter(({ msg }) => msg?.startsWith('Lines of this output were dropped'))
    expect(dropped).toEqual([expect.objectContaining({ level: 'warn', lines: expect.any(Number) })])
    const answered = lines.filter(({ route }) => route === '/healthz')
    expect(answered.length + dropped[0].lines).toBe(4_020)
    await ask(4_000)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    await server.stop()
  })
})
