import { test } from '@fast-check/vitest'
import fc from 'fast-check'
import { afterAll, beforeAll, expect } from 'vitest'
import { riverside } from '../fixtures/seeded-database.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { carekeyAt, signIn } from '../fixtures/sign-in.ts'
import { createDatabase, type TestDatabase } from '../fixtures/store.ts'
import { connectAndSend, fuzzedConnection } from './fuzzed-connection.ts'

/** Most connections at one time, and how often. */
const AT_ONCE = 50
const ROUNDS = 400
/** In milliseconds, with the search for the smallest connection that shows a fault. */
const LONGEST = 40_000

const seed = Number(process.env.CAREKEY_SEED ?? Date.now() % 2 ** 31)

let database: TestDatabase
let server: ServerProcess
let token: string
let count = 0

const start = async () => {
  server = await startServerProcess({ db: database.url, logKey: database.logKey })
  const scope = 'launch/patient patient/*.rs'
  const { access_token } = await signIn(server.url, {
    username: 'john',
    scope,
    application: carekeyAt(server.url),
  })
  token = access_token
}
beforeAll(async () => {
  database = await createDatabase('sqlite', riverside)
  await start()
  process.stdout.write(`sockets-fuzz: CAREKEY_SEED=${seed}\n`)
})
afterAll(async () => {
  process.stdout.write(`sockets-fuzz: ${count} connections\n`)
  await server.stop()
  await database.close()
})

test.prop([fc.array(fuzzedConnection, { minLength: 1, maxLength: AT_ONCE, size: 'max' })], {
  seed,
  numRuns: ROUNDS,
  interruptAfterTimeLimit: LONGEST,
})(
  'J01 whatever bytes come over a connection, and however it ends, the server goes on',
  async (connections) => {
    if (server.hasEnded()) await start()
    const answers = await Promise.all(connections.map((each) => connectAndSend(server.url, token, each)))
    count += connections.length
    const headers = { authorization: `Bearer ${token}` }
    const next = await fetch(`${server.url}/fhir/Patient/john-doe`, { headers }).catch(() => undefined)
    // A server that does not answer ends here at the latest, and the next round starts another one.
    if (!next) await server.kill()
    expect(next?.status, server.said()).toBe(200)
    expect(answers.filter((text) => text.includes('HTTP/1.1 500'))).toEqual([])
  },
  LONGEST + 60_000,
)
