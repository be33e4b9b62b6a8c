import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { putResources } from '../../../server/fhir/index/put-resource.ts'
import type { Store } from '../../../server/store/store.ts'
import type { Engine } from '../../../server/store/tables/dialect.ts'
import {
  configurationFor,
  HOST,
  PERSON,
  type ProxyName,
  startDocumentedProxy,
} from '../../fixtures/documented-proxy.ts'
import { type ServerProcess, startServerProcess } from '../../fixtures/server-process.ts'
import { registerSignedClient, type SignedClient } from '../../fixtures/signed-client.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

type Proxy = Awaited<ReturnType<typeof startDocumentedProxy>>
const PROXIES: readonly ProxyName[] = ['nginx', 'haproxy']

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-proxies-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Servers of one organization, behind no proxy yet. */
const startServers = async (name: ProxyName, engine: Engine, count: number) => {
  const database = await createDatabase(engine)
  const config = join(folder, `${name}-${engine}.json`)
  await writeFile(config, await configurationFor(name))
  const start = (port?: number) =>
    startServerProcess({
      ...{ db: database.url, logKey: database.logKey, config, publicUrl: `https://${HOST}` },
      ...(port !== undefined && { port }),
    })
  const servers = [await start()]
  while (servers.length < count) servers.push(await start())
  const store = await database.open()
  const client = await registerSignedClient({ url: `https://${HOST}`, store })
  return { database, servers, start, store, client }
}

const tokenRequest = async (client: SignedClient, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: String(
    new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/*.rs',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await client.assertion(),
    }),
  ),
})

describe.each(PROXIES)('behind %s, as documented,', (name) => {
  let database: TestDatabase
  let store: Store
  let server: ServerProcess | undefined
  let proxy: Proxy
  let client: SignedClient
  beforeAll(async () => {
    ;({
      database,
      store,
      client,
      servers: [server],
    } = await startServers(name, 'sqlite', 1))
    await store.write((trx) =>
      putResources(trx, [{ resource: { resourceType: 'Patient', id: 'pa' } }], Date.now()),
    )
    proxy = await startDocumentedProxy(name, [server?.port ?? 0])
  })
  afterAll(async () => {
    await proxy?.stop()
    await store?.close()
    await server?.kill()
    await database?.close()
  })

  const askToken = async (headers: Record<string, string> = {}, path = '/oauth/token') =>
    proxy.ask(path, await tokenRequest(client, headers))

  test('the server is ready, and browsers are told to come by TLS only', async () => {
    const { status, headers, body } = await proxy.ask('/readyz')
    expect([status, String(body)]).toEqual([200, '{"status":"ready"}'])
    expect(headers['strict-transport-security']).toBe('max-age=31536000')
  })

  test('data is compressed', async () => {
    for (const path of ['/fhir/metadata', '/.well-known/openid-configuration', '/assets/pages.css']) {
      const { status, headers, body } = await proxy.ask(path)
      expect([path, status, headers['content-encoding']]).toEqual([path, 200, 'gzip'])
      const plain = await proxy.ask(path, { headers: { 'accept-encoding': 'identity' } })
      expect(plain.headers['content-encoding']).toBeUndefined()
      expect(String(gunzipSync(body))).toBe(String(plain.body))
    }
  })

  test.each([
    ['same-origin', 'gzip'],
    ['cross-site', undefined],
    ['none', undefined],
    [undefined, undefined],
  ])('a page to which a browser comes from %s is compressed: %s', async (site, encoding) => {
    const going = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    const { status, headers } = await proxy.ask('/login', {
      headers: { ...going, ...(site && { 'sec-fetch-site': site }) },
    })
    expect([status, headers['content-encoding']]).toEqual([200, encoding])
  })

  test('a token is never compressed, nor kept', async () => {
    for (const path of ['/oauth/token', '/%6fauth/token']) {
      const { status, headers, body } = await askToken({ 'sec-fetch-site': 'same-origin' }, path)
      expect([path, status, headers['content-encoding'], headers['cache-control']]).toEqual([
        ...[path, 200, undefined, 'no-store'],
      ])
      expect(JSON.parse(String(body))).toMatchObject({ access_token: expect.any(String) })
    }
    // A longer answer from there: a proxy may leave short ones as they are.
    const { headers, body } = await proxy.ask('/oauth/jwks')
    expect([headers['content-encoding'], body.length > 256]).toEqual([undefined, true])
  })

  test('the log has the address of the person, not the proxy’s and none that the person made up', async () => {
    const { access_token } = JSON.parse(String((await askToken()).body))
    const { status } = await proxy.ask('/fhir/Patient/pa', {
      headers: { authorization: `Bearer ${access_token}`, 'x-forwarded-for': ['192.0.2.1', '127.0.0.1'] },
    })
    expect(status).toBe(200)
    const entries = await store.db.selectFrom('audit_event').select('json').execute()
    const addresses = entries.flatMap(({ json }) =>
      [...String(json).matchAll(/"network":\{"address":"([\d.]+)"/g)].map(([, address]) => address),
    )
    expect(addresses).not.toEqual([])
    expect([...new Set(addresses)]).toEqual([PERSON])
  })
})

test.each(PROXIES)(
  'behind %s, as documented, a request that changes something is sent to one server, once',
  { timeout: 30_000 },
  async (name) => {
    const seen: string[] = []
    /** A server that takes changes, and is gone before it answers. */
    const startBreaking = async () => {
      const server = createServer(async (asked, response) => {
        if (asked.method !== 'POST') return response.end('{}')
        seen.push(String(await buffer(asked)))
        asked.socket.destroy()
      }).listen(0, '127.0.0.1')
      onTestFinished(() => void server.close())
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    }
    const proxy = await startDocumentedProxy(name, [await startBreaking(), await startBreaking()])
    onTestFinished(proxy.stop)
    const sent = ['one', 'two', 'three', 'four']
    for (const body of sent) {
      const { status } = await proxy.ask('/oauth/token', { method: 'POST', body })
      expect([502, 503, 504]).toContain(status)
    }
    expect(seen.filter((body, at) => seen.indexOf(body) < at)).toEqual([])
    expect(seen).toContain('one')
  },
)

test.runIf(engines.includes('postgres'))(
  'behind both, as documented, two servers that are restarted in turn fail no request',
  { timeout: 60_000 },
  async () => {
    const { database, servers, start, store, client } = await startServers('nginx', 'postgres', 2)
    const ports = servers.map(({ port }) => port)
    const proxies = await Promise.all(PROXIES.map((name) => startDocumentedProxy(name, ports)))
    onTestFinished(async () => {
      for (const proxy of proxies) await proxy.stop()
      for (const server of servers) await server.kill()
      await store.close()
      await database.close()
    })
    let isOver = false
    const answers: string[] = []
    const askOn = async (ask: () => ReturnType<Proxy['ask']>) => {
      for (; !isOver; await sleep(20)) {
        const { status, body, headers } = await ask()
        answers.push(status === 200 ? '200' : `${status} ${JSON.stringify(headers)} ${body}`)
      }
    }
    const asking = Promise.all(
      proxies.flatMap((proxy) => [
        askOn(() => proxy.ask('/fhir/metadata')),
        askOn(async () => proxy.ask('/oauth/token', await tokenRequest(client))),
      ]),
    )
    for (const [at, server] of servers.entries()) {
      await server.stop()
      servers[at] = await start(server.port)
    }
    await sleep(500)
    isOver = true
    await asking
    expect(answers.length).toBeGreaterThan(200)
    expect(answers.filter((answer) => answer !== '200')).toEqual([])
  },
)
