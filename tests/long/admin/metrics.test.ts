import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { freePort, startServer, untilReady } from '../../../scripts/server-process.ts'
import type { Engine } from '../../../server/store/tables/dialect.ts'
import { riverside } from '../../fixtures/seeded-database.ts'
import { carekeyAt, signIn } from '../../fixtures/sign-in.ts'
import { createDatabase, engines } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const parse = (text: string): Sample[] =>
  text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name === undefined) return []
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, it]) => [key, it])
    return { name, labels: Object.fromEntries(pairs), value: Number(value) }
  })

/** Starts the demo Riverside with metrics, or an organization of this configuration. @returns what reads them. */
const startMeasured = async (engine: Engine, settings?: object) => {
  const database = await createDatabase(engine, settings ? undefined : riverside)
  onTestFinished(() => database.close())
  const [port, metricsPort] = [await freePort(), await freePort()]
  const config = join(dirname(database.keyFile), 'clinic.json')
  await writeFile(config, JSON.stringify({ ...settings, metrics: { port: metricsPort } }))
  const demo = settings ? {} : ({ demo: 'riverside' } as const)
  const server = startServer({ port, db: database.url, ...demo, config, onLine: () => {} })
  onTestFinished(() => server.stop())
  const url = `http://localhost:${port}`
  await untilReady(url, server)
  const read = async () => {
    const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`)
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    return response.text()
  }
  /** Adds up the samples that have these labels. */
  const sum = async (name: string, wanted: Record<string, string> = {}) =>
    parse(await read())
      .filter((sample) => sample.name === name)
      .filter(({ labels }) => Object.entries(wanted).every(([key, value]) => labels[key] === value))
      .reduce((total, { value }) => total + value, 0)
  return { url, read, sum, metricsPort }
}

it.each(engines)(
  'O2 what a server does is measured, on %s, and nothing of it names anybody',
  { timeout: 60_000 },
  async (engine) => {
    const { url, read, sum, metricsPort } = await startMeasured(engine)
    const before = await sum('carekey_log_entries_total')
    const { access_token } = await signIn(url, {
      ...{ username: 'john', scope: 'openid fhirUser launch/patient patient/*.rs' },
      application: carekeyAt(url),
    })
    const get = (path: string) =>
      fetch(`${url}${path}`, { headers: { authorization: `Bearer ${access_token}` } }).then(
        ({ status }) => status,
      )
    expect(await get('/fhir/Patient/john-doe')).toBe(200)
    expect(await get('/fhir/Patient/jane-doe')).toBe(404)
    expect(await get('/nothing/john-doe')).toBe(404)
    const agent = createUserAgent(url)
    const page = await agent.open(new URL('/login', url))
    await agent.submit(page, { username: 'john', password: 'wrong' })

    const records = { route: '/fhir/*', method: 'GET' }
    expect(await sum('carekey_http_requests_total', { ...records, status: '200' })).toBe(1)
    expect(await sum('carekey_http_requests_total', { ...records, status: '404' })).toBe(1)
    expect(await sum('carekey_http_requests_total', { route: 'none', status: '404' })).toBe(1)
    expect(await sum('carekey_http_requests_total', { route: '/oauth/token', status: '200' })).toBe(1)
    expect(await sum('carekey_http_request_duration_seconds_count', { route: records.route })).toBe(2)
    expect(await sum('carekey_sign_ins_total', { way: 'password', outcome: 'success' })).toBe(1)
    expect(await sum('carekey_sign_ins_total', { way: 'password', outcome: 'refused' })).toBe(1)
    expect(await sum('carekey_refusals_total', { kind: 'sign-in' })).toBe(1)
    expect(await sum('carekey_log_commit_seconds_count')).toBeGreaterThan(5)
    expect((await sum('carekey_log_entries_total')) - before).toBeGreaterThan(5)
    expect(await sum('carekey_log_waiting_entries')).toBeLessThan(20)
    const unsignedAfterRead = async () => {
      await get('/fhir/Patient/john-doe')
      return sum('carekey_log_unsigned_seconds')
    }
    await expect.poll(unsignedAfterRead, { timeout: 12_000 }).toBeGreaterThan(0)
    // It signs every five seconds.
    await expect.poll(() => sum('carekey_log_unsigned_seconds'), { timeout: 12_000 }).toBe(0)
    if (engine === 'postgres') expect(await sum('carekey_store_connections')).toBeGreaterThan(0)
    const text = await read()
    expect(text).toContain('nodejs_eventloop_lag_seconds')
    expect(text).not.toMatch(/jo?a?h?ne?-doe|john|jane/)
    expect(text).not.toContain(access_token)
    // Nothing of it is at the organization's own port, and nothing else at this one.
    expect((await fetch(`${url}/metrics`)).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${metricsPort}/fhir/metadata`)).status).toBe(404)
  },
)

it('O2 requests to the server that holds the records are counted by what came of them', {
  timeout: 60_000,
}, async () => {
  const upstream = createServer((_request, response) => response.writeHead(503).end()).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const { port } = upstream.address() as AddressInfo
  const source = { kind: 'fhir', base: `http://127.0.0.1:${port}/fhir`, authentication: { kind: 'none' } }
  const { url, sum } = await startMeasured('sqlite', { source })
  const of = (outcome: string) => sum('carekey_source_requests_total', { outcome })
  expect(await of('failed')).toBeGreaterThan(0)
  expect(await of('unanswered')).toBe(0)
  upstream.closeAllConnections()
  upstream.close()
  await expect
    .poll(async () => (await fetch(`${url}/readyz`).then(() => of('unanswered'))) > 0, { timeout: 12_000 })
    .toBe(true)
})

it('O2 every metric of the alerts and of the dashboard is there', { timeout: 60_000 }, async () => {
  const { read } = await startMeasured('sqlite')
  const text = await read()
  for (const file of ['alerts.yml', 'dashboard.json']) {
    const names = new Set(
      (await readFile(`docs/monitoring/${file}`, 'utf8')).match(/\b(?:carekey|nodejs|process)_[a-z0-9_]+/g),
    )
    expect(names.size).toBeGreaterThan(3)
    for (const name of names) expect(text).toContain(`# TYPE ${name.replace(/_bucket$|_count$|_sum$/, '')} `)
  }
})
