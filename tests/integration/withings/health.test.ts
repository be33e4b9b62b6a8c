import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { faultOf } from '../../../server/errors.ts'
import { startWithingsApi, type WithingsApi } from '../../fixtures/withings-api.ts'

const TOKENS = { userid: 7, access_token: 'a', refresh_token: 'r', expires_in: 60 }

let answer: { status?: number; body: string }
let api: WithingsApi
const answerWith = (body: object, status = 200) => {
  answer = { status, body: JSON.stringify(body) }
}
beforeEach(async () => {
  api = await startWithingsApi(() => answer)
})
afterEach(() => api.close())

test('a secret that cannot be read is this organization’s fault, and the log names its file', async () => {
  await rm(api.clientSecretFile)
  const error: unknown = await api.redeem().catch((error: unknown) => error)
  expect(error).toMatchObject({ fault: 'mistake' })
  expect(faultOf(error)).toMatchObject({ says: `${api.clientSecretFile} does not exist.` })
  expect(await api.client.health()).toBe('refused')
  expect(api.server.requests).toEqual([])
  await api.writeSecret()
  answerWith({ status: 0, body: TOKENS })
  await api.redeem()
  expect(await api.client.health()).toBe('working')
})

test('Withings is away while it gives no answer that makes sense, and is asked again by the health check', async () => {
  answerWith({}, 502)
  await expect(api.getMeasures()).rejects.toMatchObject({ fault: 'away' })
  answerWith({ status: 0, body: { nonce: 'n' } })
  expect(await api.client.health()).toBe('working')
  answerWith({ odd: true })
  await expect(api.getMeasures()).rejects.toMatchObject({ fault: 'away' })
  // It was asked a moment ago.
  expect(await api.client.health()).toBe('away')
  expect(api.server.requests).toHaveLength(3)
})

test('Withings refuses this organization if it no longer accepts its secret, but not if a person’s permission has ended', async () => {
  answerWith({ status: 503, body: {}, error: 'Invalid Params: invalid refresh_token' })
  await expect(api.redeem()).rejects.toMatchObject({ fault: 'ended' })
  expect(await api.client.health()).toBe('working')
  answerWith({ status: 401, body: {} })
  await expect(api.getMeasures()).rejects.toMatchObject({ fault: 'invalid-token' })
  expect(await api.client.health()).toBe('working')
  answerWith({ status: 601, body: {} })
  await expect(api.redeem()).rejects.toMatchObject({ fault: 'wait' })
  expect(await api.client.health()).toBe('working')
  answerWith({ status: 503, body: {}, error: 'Invalid Params: invalid client_secret' })
  await expect(api.redeem()).rejects.toMatchObject({ fault: 'mistake' })
  expect(await api.client.health()).toBe('refused')
  // The token of a person who signed in before still works, and says nothing of the secret.
  answerWith({ status: 0, body: { measuregrps: [] } })
  await api.getMeasures()
  answerWith({ status: 503, body: {}, error: 'Invalid Params: invalid client_secret' })
  expect(await api.client.health()).toBe('refused')
})
