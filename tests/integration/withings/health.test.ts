import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { faultOf } from '../../../server/errors.ts'
import {
  createWithingsClient,
  type WithingsClient,
} from '../../../server/sources/withings/withings-client.ts'
import { type RecordingServer, startRecordingServer } from '../../fakes/recording-server.ts'

const TOKENS = { userid: 7, access_token: 'a', refresh_token: 'r', expires_in: 60 }

let answer: { status?: number; body: string }
let server: RecordingServer
let client: WithingsClient
let folder: string
let clientSecretFile: string
const answerWith = (body: object, status = 200) => {
  answer = { status, body: JSON.stringify(body) }
}
beforeEach(async () => {
  server = await startRecordingServer(() => answer)
  folder = await mkdtemp(join(tmpdir(), 'withings-health-'))
  clientSecretFile = join(folder, 'secret')
  await writeFile(clientSecretFile, 'secret', { mode: 0o600 })
  const [accountUrl, apiUrl] = [server.origin, server.origin]
  const source = { kind: 'withings', clientId: 'c', clientSecretFile, accountUrl, apiUrl } as const
  client = createWithingsClient({ source, clock: Date.now, take: async () => {} })
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const redeem = () => client.redeem('code', 'https://example.org/')
const getMeasures = () => client.getMeasures({ patient: 'p', token: 't' }, { types: [1], offset: 0 })

test('a secret that cannot be read is this organization’s fault, and the log names its file', async () => {
  await rm(clientSecretFile)
  const error: unknown = await redeem().catch((error: unknown) => error)
  expect(error).toMatchObject({ fault: 'mistake' })
  expect(faultOf(error)).toMatchObject({ says: `${clientSecretFile} does not exist.` })
  expect(await client.health()).toBe('refused')
  expect(server.requests).toEqual([])
  await writeFile(clientSecretFile, 'secret', { mode: 0o600 })
  answerWith({ status: 0, body: TOKENS })
  await redeem()
  expect(await client.health()).toBe('working')
})

test('Withings is away while it gives no answer that makes sense, and is asked again by the health check', async () => {
  answerWith({}, 502)
  await expect(getMeasures()).rejects.toMatchObject({ fault: 'away' })
  answerWith({ status: 0, body: { nonce: 'n' } })
  expect(await client.health()).toBe('working')
  answerWith({ odd: true })
  await expect(getMeasures()).rejects.toMatchObject({ fault: 'away' })
  // It was asked a moment ago.
  expect(await client.health()).toBe('away')
  expect(server.requests).toHaveLength(3)
})

test('Withings refuses this organization if it takes its secret no more, and not if a person’s permission has ended', async () => {
  answerWith({ status: 503, body: {}, error: 'Invalid Params: invalid refresh_token' })
  await expect(redeem()).rejects.toMatchObject({ fault: 'ended' })
  expect(await client.health()).toBe('working')
  answerWith({ status: 401, body: {} })
  await expect(getMeasures()).rejects.toMatchObject({ fault: 'invalid-token' })
  expect(await client.health()).toBe('working')
  answerWith({ status: 601, body: {} })
  await expect(redeem()).rejects.toMatchObject({ fault: 'wait' })
  expect(await client.health()).toBe('working')
  answerWith({ status: 503, body: {}, error: 'Invalid Params: invalid client_secret' })
  await expect(redeem()).rejects.toMatchObject({ fault: 'mistake' })
  expect(await client.health()).toBe('refused')
})
