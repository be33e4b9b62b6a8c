import { once } from 'node:events'
import { expect, test } from 'vitest'
import { attack } from './attack.ts'
import { answersIn, openSocket, untilClosed } from './raw-request.ts'

const anna = attack()

/** As many as one person's share of memory has answers. */
const AT_ONCE = 24

const POSTED = {
  'searches by form': {
    line: 'POST /fhir/Observation/_search',
    type: 'application/x-www-form-urlencoded',
    body: 'patient=pa',
  },
  batches: {
    line: 'POST /fhir',
    type: 'application/fhir+json',
    body: '{"resourceType":"Bundle","type":"batch"}',
  },
}

test.each(Object.entries(POSTED))(
  'J13 %s whose bodies come slowly take no share of the memory for answers',
  { timeout: 60_000 },
  async (_name, { line, type, body }) => {
    const bearer = `Authorization: Bearer ${await anna.token('TA')}`
    const open = async () => {
      const socket = await openSocket(anna.server.url)
      const head = [`${line} HTTP/1.1`, 'Host: localhost', 'Connection: close', bearer]
      socket.write(
        [...head, `Content-Type: ${type}`, `Content-Length: ${body.length}`, 'Expect: 100-continue']
          .concat('', '')
          .join('\r\n'),
      )
      // The server asks for the body.
      await once(socket, 'data')
      return { socket, end: untilClosed(socket) }
    }
    const slow = await Promise.all(Array.from({ length: AT_ONCE }, open))
    const { status } = await anna.send('/fhir/Patient/pa', { as: 'TA' })
    for (const { socket } of slow) socket.write(body)
    const answers = await Promise.all(slow.map(async ({ end }) => answersIn(await end)))
    expect(answers.map(([answer]) => answer?.response.status)).toEqual(Array(AT_ONCE).fill(200))
    expect(status).toBe(200)
  },
)

test('J13 a search that is not permitted is refused before its form has come', async () => {
  const { status } = await anna.sendRaw({
    head: [
      'POST /fhir/Patient/_search HTTP/1.1',
      `Authorization: Bearer ${await anna.token('TAobs')}`,
      'Content-Type: application/x-www-form-urlencoded',
      'Content-Length: 50',
    ],
  })
  expect(status).toBe(403)
})
