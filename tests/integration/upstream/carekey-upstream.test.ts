import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK } from 'jose'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { carekeyAt, signIn } from '../../fixtures/sign-in.ts'
import { registerSignedClient } from '../../fixtures/signed-client.ts'

/** Everything that was sent upstream. */
let requestText = ''
let isAway = false
let hospital: TestOrganization
let front: TestOrganization
let base: string
const sockets = new Set<Socket>()
const closing: (() => unknown)[] = []

/** A connection between the two that can be cut. */
const startLine = async (port: number): Promise<string> => {
  const line = createServer((socket) => {
    socket.on('error', () => {})
    if (isAway) return void socket.destroy()
    sockets.add(socket)
    const other = connect(port, '127.0.0.1')
    other.on('error', () => socket.destroy())
    socket.on('data', (data) => {
      requestText += data.toString('latin1')
    })
    socket.pipe(other).pipe(socket)
    socket.on('close', () => other.destroy())
  })
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve))
  closing.push(() => line.close())
  return `http://127.0.0.1:${(line.address() as AddressInfo).port}`
}

const cut = () => {
  isAway = true
  for (const socket of sockets) socket.destroy()
  sockets.clear()
}

beforeAll(async () => {
  hospital = await startOrganization({ demo: 'riverside' })
  closing.push(hospital.close)
  const folder = await mkdtemp(join(tmpdir(), 'carekey-front-'))
  closing.push(() => rm(folder, { recursive: true }))
  const { clientId, privateKey, publicKey } = await registerSignedClient(hospital)
  const keyFile = join(folder, 'key.json')
  const key = { ...(await exportJWK(privateKey)), kid: publicKey.kid }
  await writeFile(keyFile, JSON.stringify(key), { mode: 0o600 })
  base = `${await startLine(hospital.config.port)}/fhir`
  const authentication = { kind: 'smart-backend', clientId, keyFile } as const
  front = await startOrganization({ demo: 'riverside', source: { kind: 'fhir', base, authentication } })
  closing.push(front.close)
})
afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

const asJohn = async ({ url }: TestOrganization) => {
  const { access_token } = await signIn(url, {
    username: 'john',
    scope: 'openid launch/patient patient/*.rs',
    application: carekeyAt(url),
  })
  const headers = {
    authorization: `Bearer ${access_token}`,
    cookie: 'CANARY=1',
    'x-forwarded-for': '203.0.113.9',
    prefer: 'handling=lenient',
    'x-request-id': '8f3f1c66-CANARY',
    'x-other': 'CANARY',
  }
  return { token: access_token, read: (path: string) => fetch(`${url}/fhir/${path}`, { headers }) }
}

test('checklist G1, G06 John reads his record at a Carekey in front of another one; no part of his request is passed on', async () => {
  const path = 'Observation?category=laboratory&_sort=-date&_count=200&CANARY=1'
  const john = await asJohn(front)
  const [direct, through] = await Promise.all(
    [await asJohn(hospital), john].map(async ({ read }) => {
      const page = (await (await read(path)).json()) as { entry: { resource: unknown }[] }
      return page.entry.map(({ resource }) => resource)
    }),
  )
  expect(through?.length).toBeGreaterThan(5)
  expect(through).toEqual(direct)
  expect(requestText).toContain('POST /fhir/Observation/_search')
  expect(requestText).not.toMatch(/CANARY|203\.0\.113\.9|lenient/)
  expect(requestText).not.toContain(john.token)
})

test("G03 a page whose next link names another address than upstream's base ends in 502", async () => {
  const { read } = await asJohn(front)
  const answer = await read('Observation?category=vital-signs&_count=20')
  expect(answer.status).toBe(502)
  expect(await answer.text()).not.toContain(hospital.url)
})

test('G11 while upstream is away, all requests are refused at once and logged; the server stays ready and resumes by itself', async () => {
  const { read } = await asJohn(front)
  const entries = async () => {
    const { count } = await front.store.db
      .selectFrom('audit_event')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    return Number(count)
  }
  const ready = async () => {
    const answer = await fetch(`${front.url}/readyz`)
    return { status: answer.status, body: await answer.json() }
  }
  const before = await entries()
  cut()
  const answers = await Promise.all(Array.from({ length: 40 }, () => read('Patient/john-doe')))
  for (const answer of answers) {
    expect(answer.status).toBe(503)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  }
  expect(await entries()).toBe(before + 40)
  const warned = { status: 'ready', warning: 'source-unreachable', detail: expect.any(String) }
  await expect.poll(ready, { timeout: 3_000 }).toEqual({ status: 200, body: warned })
  isAway = false
  await vi.waitFor(async () => expect((await read('Patient/john-doe')).status).toBe(200), {
    timeout: 8_000,
    interval: 100,
  })
  await expect.poll(ready, { timeout: 3_000 }).toEqual({ status: 200, body: { status: 'ready' } })
})
