import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signIn } from '../fixtures/sign-in.ts'
import { type AttackedServer, startAttackedServer } from './attacked-server.ts'
import { applications, holders } from './people.ts'

let server: AttackedServer
beforeAll(async () => {
  server = await startAttackedServer()
  const note = [{ text: 'n'.repeat(900) }]
  const reading = (id: string) => ({
    ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'reading' }, note },
    subject: { reference: 'Patient/pa' },
  })
  await server.put(Array.from({ length: 800 }, (_, at) => reading(`reading-${at}`)))
})
afterAll(() => server.close())

const batchOf = (count: number, url: string) =>
  JSON.stringify({
    ...{ resourceType: 'Bundle', type: 'batch' },
    entry: Array.from({ length: count }, () => ({ request: { method: 'GET', url } })),
  })

test('J13 unread answers of one application keep no other one of the person from batches and proofs', async () => {
  const crowding = await signIn(server.url, {
    ...{ username: 'anna', scope: 'launch/patient patient/Observation.rs' },
    application: applications.evil,
  })
  const own = await signIn(server.url, { ...holders.TA, application: applications.ext })
  const headersOf = (token: string | undefined) => ({
    authorization: `Bearer ${token}`,
    'content-type': 'application/fhir+json',
  })
  const agent = new Agent()
  const body = batchOf(45, 'Observation?_count=1000')
  const answers = Array.from({ length: 3 }, async () => {
    const sent = request(`${server.url}/fhir`, {
      ...{ agent, method: 'POST', headers: headersOf(crowding.access_token) },
    })
    sent.on('error', () => undefined)
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    return answer.statusCode
  })
  // Texts of this size wait in memory. The others wait until the first has been read, which never happens.
  expect((await Promise.all(answers)).toSorted()).toEqual([200, 503, 503])
  const ask = async (path: string, sent?: string) => {
    const method = sent === undefined ? 'GET' : 'POST'
    const init = { method, headers: headersOf(own.access_token), ...(sent !== undefined && { body: sent }) }
    const answer = await fetch(`${server.url}${path}`, init)
    await answer.arrayBuffer()
    return answer.status
  }
  expect(await ask('/fhir/Patient/pa')).toBe(200)
  expect(await ask('/fhir', batchOf(1, 'Patient/pa'))).toBe(200)
  expect(await ask('/audit/proof/inclusion?size=1&entry=unknown')).not.toBe(503)
  agent.destroy()
})
