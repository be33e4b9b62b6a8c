import { afterAll, beforeAll, expect, test } from 'vitest'
import { signIn } from '../fixtures/sign-in.ts'
import { type AttackedServer, startAttackedServer } from './attacked-server.ts'
import { applications, holders } from './people.ts'
import { answersIn, openSocket, untilClosed } from './raw-request.ts'

let server: AttackedServer
const tokens = { TA: '', TC: '' }
beforeAll(async () => {
  server = await startAttackedServer()
  for (const holder of ['TA', 'TC'] as const)
    tokens[holder] = (
      await signIn(server.url, { ...holders[holder], application: applications.ext })
    ).access_token
})
afterAll(() => server.close())

/** Sends the head of a batch, and the beginning of its body. */
const beginBatch = async (as: keyof typeof tokens, header: string, bytes: string) => {
  const socket = await openSocket(server.url)
  const bearer = `Authorization: Bearer ${tokens[as]}`
  const head = ['POST /fhir HTTP/1.1', 'Host: localhost', 'Connection: close', bearer, header]
  const end = untilClosed(socket)
  socket.write([...head, 'Content-Type: application/fhir+json', '', bytes].join('\r\n'))
  return { socket, end }
}
const BATCH = '{"resourceType":"Bundle","type":"batch"}'.padEnd(1024 * 1024)
const UNFINISHED = 40
const askBatch = async (as: keyof typeof tokens) => {
  const { end } = await beginBatch(as, `Content-Length: ${BATCH.length}`, BATCH)
  return answersIn(await end)[0]?.response
}

test('J13 bodies that one person does not finish take 24 MB at most, and others are answered', {
  timeout: 60_000,
}, async () => {
  const unfinished = await Promise.all(
    Array.from({ length: UNFINISHED }, () =>
      beginBatch('TA', `Content-Length: ${BATCH.length}`, BATCH.slice(0, -1)),
    ),
  )
  for (const { socket } of unfinished)
    await expect.poll(() => socket.closed || socket.writableLength === 0).toBe(true)
  expect((await askBatch('TC'))?.status).toBe(200)
  for (const { socket } of unfinished) socket.write(BATCH.slice(-1))
  const answers = await Promise.all(unfinished.map(async ({ end }) => answersIn(await end)[0]?.response))
  const refused = answers.filter((answer) => answer?.status !== 200)
  expect(refused.length).toBeGreaterThanOrEqual(UNFINISHED - 24)
  expect(refused.length).toBeLessThan(UNFINISHED)
  for (const answer of refused)
    expect([answer?.status, answer?.headers.get('retry-after')]).toEqual([503, '1'])
  // What they held is free again.
  expect((await askBatch('TA'))?.status).toBe(200)
})
