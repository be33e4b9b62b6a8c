import { setTimeout as sleep } from 'node:timers/promises'
import { test } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest'
import { riverside } from '../fixtures/seeded-database.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { createDatabase, type TestDatabase } from '../fixtures/store.ts'
import { startCarelessServer } from './careless-server.ts'
import { type ComparedProxies, type SeenRequest, startProxies } from './compared-proxies.ts'
import { HIDING, ODDITIES, oddMessage } from './smuggling.ts'

const seed = Number(process.env.CAREKEY_SEED ?? Date.now() % 2 ** 31)
const ROUNDS = 150
/** In milliseconds, with the search for the smallest message that shows a fault. */
const LONGEST = 30_000

describe('J01 a request that a proxy passes on is one request', () => {
  let database: TestDatabase
  let server: ServerProcess
  let proxies: ComparedProxies
  const requestsSeen = (): SeenRequest[] =>
    server.log().flatMap((line) => {
      const { request: requestId, method } = line === '' ? {} : JSON.parse(line)
      return requestId === undefined ? [] : [method === undefined ? undefined : String(requestId)]
    })
  beforeAll(async () => {
    database = await createDatabase('sqlite', riverside)
    server = await startServerProcess({ db: database.url, logKey: database.logKey })
    while (requestsSeen().length === 0) await sleep(5)
    proxies = await startProxies(server.url, requestsSeen)
    process.stdout.write(`proxies: CAREKEY_SEED=${seed}\n`)
  })
  afterAll(async () => {
    await proxies.stop()
    await server.stop()
    await database.close()
  })

  test.each(ODDITIES)('%s', async (_name, bytes) => {
    expect(await proxies.differencesOf(bytes)).toEqual([])
  })

  test.prop([oddMessage], { seed, numRuns: ROUNDS, interruptAfterTimeLimit: LONGEST })(
    'with several oddities',
    async (bytes) => {
      expect(await proxies.differencesOf(bytes)).toEqual([])
    },
    LONGEST + 30_000,
  )
})

test('J01 the comparison finds a server that takes a body for another request', async () => {
  const server = await startCarelessServer()
  const proxies = await startProxies(server.url, server.requestsSeen)
  onTestFinished(async () => {
    await proxies.stop()
    server.stop()
  })
  expect(await proxies.differencesOf(HIDING)).toContainEqual('no proxy passed on the request without a name')
}, 30_000)
