import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answersIn, openSocket, untilClosed } from './raw-request.ts'
import { type Caller, openSurface, type Surface } from './whole-surface.ts'

const KB = 1024

/** Formats of a body, each with the start of a long one. */
const FORMATS: Record<string, string> = {
  'application/json': '{"client_name":"',
  'application/x-www-form-urlencoded': 'a=',
  'application/fhir+json': '{"resourceType":"Bundle","type":"batch","entry":[],"note":"',
  'text/plain': '',
}
/** Around every limit. */
const SIZES = [16 * KB + 1, 56 * KB + 1, 1024 * KB + 1]
const LARGEST = 10_000 * KB

/** Ways to send a body of this many bytes, of which the first ones are given. */
const SENDINGS = {
  'with its length': (start, size) => [`Content-Length: ${size}`, start.padEnd(size, 'a')],
  'in chunks': (start, size) => {
    const text = start.padEnd(size, 'a')
    return ['Transfer-Encoding: chunked', `${size.toString(16)}\r\n${text}\r\n0\r\n\r\n`]
  },
  slowly: (start, size) => [`Content-Length: ${size}`, start.padEnd(size, 'a')],
  'and hangs up': (start, size) => [`Content-Length: ${size}`, start.padEnd(Math.floor(size / 2), 'a')],
} satisfies Record<string, (start: string, size: number) => [header: string, bytes: string]>
type Sending = keyof typeof SENDINGS

/** Methods that may have a body. */
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE']
const CALLERS: readonly Caller[] = ['nobody', 'administrator']

let surface: Surface
beforeAll(async () => {
  surface = await openSurface()
})
afterAll(() => surface.close())

interface Target {
  readonly method: string
  readonly path: string
  readonly caller: Caller
}

/** Every route and method, with the callers that get past its first step. */
const targets = (): Target[] =>
  [...surface.routes].flatMap(([url, methods]) =>
    METHODS.filter((method) => methods.has(method)).flatMap((method) =>
      CALLERS.filter((caller) => caller === 'nobody' || /^\/(fhir|oauth)/.test(url)).map((caller) => ({
        method,
        path: url.replace('/*', '/Patient/_search').replace(':clientId', 'conf').replace(/:\w+/g, 'nobodys'),
        caller,
      })),
    ),
  )

/** @returns the status, or 0 if the connection was closed without an answer. */
const send = async (
  { method, path, caller }: Target,
  { type, size, sending }: { type: string; size: number; sending: Sending },
): Promise<number> => {
  const [header, bytes] = SENDINGS[sending](FORMATS[type] ?? '', size)
  const token = surface.tokenOf(caller)
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    `Content-Type: ${type}`,
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
    header,
  ]
  const socket = await openSocket(surface.url)
  const end = untilClosed(socket)
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  if (sending === 'slowly')
    for (let at = 0; at < bytes.length && socket.writable; at += bytes.length / 4) {
      socket.write(bytes.slice(at, at + bytes.length / 4))
      await sleep(20)
    }
  else socket.write(bytes)
  if (sending === 'and hangs up') {
    await sleep(20)
    socket.destroy()
  }
  return answersIn(await end)[0]?.response.status ?? 0
}

/** Every format in every size, and one of the largest. */
const BODIES = [
  ...SIZES.flatMap((size) => Object.keys(FORMATS).map((type) => ({ type, size }))),
  { type: 'application/json', size: LARGEST },
]

describe('J18 a body that is too large, slow or cut off is refused at every endpoint, and counted', () => {
  test.each(Object.keys(SENDINGS) as Sending[])('sent %s', { timeout: 300_000 }, async (sending) => {
    const faults: string[] = []
    const count = async () => {
      const { entries = 0, refusals = 0, unparsed = 0 } = await surface.traces()
      return entries + refusals - unparsed
    }
    const { failures } = await surface.traces()
    for (const target of targets()) {
      const before = await count()
      const statuses = await Promise.all(
        BODIES.map(async ({ type, size }) => {
          const status = await send(target, { type, size, sending })
          if (status >= 500 || (status === 0 && sending !== 'and hangs up'))
            faults.push(
              `${target.method} ${target.path} as ${target.caller}, ${size} bytes of ${type}: ${status}`,
            )
          return status
        }),
      )
      // Everything but a success leaves an entry or a count, also if the sender has gone.
      const refused = statuses.filter((status) => status === 0 || status >= 400).length
      const counted = async () => (await count()) - before
      for (let attempt = 0; attempt < 50 && (await counted()) < refused; attempt++) await sleep(20)
      if ((await counted()) < refused)
        faults.push(
          `${target.method} ${target.path} as ${target.caller}: ${await counted()} of ${refused} counted`,
        )
    }
    expect(faults).toEqual([])
    expect((await surface.traces()).failures).toBe(failures)
  })
})

test.each([
  ['POST /login', 'application/x-www-form-urlencoded'],
  ['POST /fhir', 'application/fhir+json'],
  ['POST /oauth/token', 'application/x-www-form-urlencoded'],
  ['PUT /oauth/applications/ext', 'application/json'],
])(
  'J18 a client that reads only after it has sent all of a refused body gets its answer: %s',
  async (line, type) => {
    for (const sending of ['with its length', 'in chunks'] as const) {
      const [header, bytes] = SENDINGS[sending]('', LARGEST)
      const head = [
        `${line} HTTP/1.1`,
        'Host: localhost',
        `Content-Type: ${type}`,
        header,
        `Authorization: Bearer ${surface.tokenOf('administrator')}`,
      ]
      const socket = await openSocket(surface.url)
      await new Promise((resolve) => socket.write(`${head.join('\r\n')}\r\n\r\n${bytes}`, resolve))
      const answers = answersIn(await untilClosed(socket))
      expect(
        answers.map(({ response }) => response.headers.get('connection')),
        sending,
      ).toEqual(['close'])
      expect([400, 413], sending).toContain(answers[0]?.response.status)
    }
  },
)
