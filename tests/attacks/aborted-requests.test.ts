import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { observation } from '../fixtures/canary.ts'
import { putResource } from '../fixtures/put-resource.ts'
import { refusedRequests } from '../fixtures/refused-requests.ts'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { attack } from './attack.ts'
import { openSocket } from './raw-request.ts'

const anna = attack()

/** More than the socket buffers between the two processes can hold. */
const LARGE = 12_000_000
const FHIR = 'Content-Type: application/fhir+json'
const FORM = 'Content-Type: application/x-www-form-urlencoded'
/** A body that never arrives. */
const BODY = 'Content-Length: 1000'

/** Sends the headers of a request and hangs up, at once or as soon as the answer begins. */
const abort = async (
  [line, ...headers]: readonly [string, ...string[]],
  when: 'sent' | 'answered',
): Promise<string> => {
  const id = randomUUID()
  const socket = await openSocket(anna.server.url)
  const host = `Host: ${new URL(anna.server.url).host}`
  const head = `${[`${line} HTTP/1.1`, host, `X-Request-Id: ${id}`, ...headers].join('\r\n')}\r\n\r\n`
  await new Promise((resolve) => socket.write(head, resolve))
  if (when === 'answered') await once(socket, 'data')
  socket.destroy()
  return id
}

const entriesOf = async (id: string) => {
  const rows = await anna.server.store.db
    .selectFrom('audit_event')
    .select(['subtype', 'outcome', 'patient'])
    .where('request_id', '=', id)
    .execute()
  return rows.map(({ subtype, outcome, patient }) => [subtype, outcome, patient])
}

const bearer = async () => `Authorization: Bearer ${await anna.token('TA')}`

describe('D02 a caller who hangs up after sending the headers is in the log all the same', () => {
  /** It failed if the server gave it up before it read anything, because the caller was gone. */
  const readOrGivenUp = expect.stringMatching(/^[08]$/)
  test.each<[string, string, string[], unknown[]]>([
    ['a read', 'GET /fhir/Patient/pa', [], ['read', readOrGivenUp, 'pa']],
    ['a HEAD', 'HEAD /fhir/Patient/pa', [], ['read', readOrGivenUp, 'pa']],
    ['a search', 'GET /fhir/Observation', [], ['search', readOrGivenUp, 'pa']],
    [
      'a read of what is not there',
      'GET /fhir/Patient/pb',
      [],
      ['read', expect.stringMatching(/^[48]$/), 'pa'],
    ],
    [
      'a search of which the body never comes',
      'POST /fhir/Observation/_search',
      [FORM, BODY],
      ['search', '4', 'pa'],
    ],
    ['a batch of which the body never comes', 'POST /fhir', [FHIR, BODY], ['other', '4', 'pa']],
  ])('%s', async (_name, line, headers, entry) => {
    const id = await abort([line, await bearer(), ...headers], 'sent')
    await expect.poll(() => entriesOf(id), { timeout: 10_000 }).toEqual([entry])
  })

  test("a stranger's token request whose body never arrives is counted", async () => {
    const countRefusals = async () => (await refusedRequests(anna.server.store)).by['token http_400'] ?? 0
    const before = await countRefusals()
    await abort(['POST /oauth/token', await bearer(), FORM, BODY], 'sent')
    await expect.poll(countRefusals, { timeout: 10_000 }).toBe(before + 1)
  })
})

describe('D02 F11 a caller who resets the connection has an address all the same', () => {
  /** Sends the headers, and resets the connection once the server is reading the body. */
  const reset = async (line: string, ...headers: string[]): Promise<string> => {
    const id = randomUUID()
    const socket = await openSocket(anna.server.url)
    const host = `Host: ${new URL(anna.server.url).host}`
    const head = [`${line} HTTP/1.1`, host, `X-Request-Id: ${id}`, ...headers, BODY, 'Expect: 100-continue']
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    expect(String(await once(socket, 'data'))).toContain('100 Continue')
    socket.resetAndDestroy()
    return id
  }

  test('in the entry of a search', async () => {
    const id = await reset('POST /fhir/Observation/_search', await bearer(), FORM)
    const agents = async () => {
      const rows = anna.server.store.db.selectFrom('audit_event').select('json').where('request_id', '=', id)
      return (await rows.execute()).map(({ json }) => JSON.parse(json).agent[0].network?.address)
    }
    await expect.poll(agents, { timeout: 10_000 }).toEqual(['127.0.0.1'])
  })

  test.each(['POST /oauth/token', 'POST /login'])('in the counts of refused requests: %s', async (line) => {
    const counted = () => anna.server.store.db.selectFrom('refused_request').selectAll().execute()
    const sum = async () => (await counted()).reduce((all, { requests }) => all + requests, 0)
    const before = await sum()
    await reset(line, FORM)
    await expect.poll(sum, { timeout: 10_000 }).toBe(before + 1)
    expect((await counted()).map(({ network }) => network)).not.toContain('')
  })
})

describe('D02 a caller who hangs up at the first byte of the answer is already in the log', () => {
  test('a read of a resource that is too large to be sent at once', async () => {
    const large = observation('a-large', 'pa', { note: [{ text: 'x'.repeat(LARGE) }] })
    await anna.server.store.write((trx) => putResource(trx, large, Date.now()))
    const id = await abort(['GET /fhir/Observation/a-large', await bearer()], 'answered')
    expect(await entriesOf(id)).toEqual([['read', '0', 'pa']])
  })

  test.each([
    ['a read', 'GET /fhir/Patient/pa', ['read', '0', 'pa']],
    ['a search', 'GET /fhir/Condition', ['search', '0', 'pa']],
    ['a refusal', 'GET /fhir/Patient/pb', ['read', '4', 'pa']],
  ])('%s', async (_name, line, entry) => {
    const id = await abort([line, await bearer()], 'answered')
    expect(await entriesOf(id)).toEqual([entry])
  })

  test('a download of the log, which is generated while it is read', async () => {
    const agent = createUserAgent(anna.server.url)
    await agent.submit(await agent.open('/login'), { username: 'anna', password: 'anna-demo' })
    const cookie = [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const id = await abort(['GET /account/log/download', `Cookie: ${cookie}`], 'answered')
    expect(await entriesOf(id)).toEqual([['export', '0', 'pa']])
  })
})
