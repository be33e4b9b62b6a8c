import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { openSocket } from '../attacks/raw-request.ts'

/** What one connection sends, and how it ends. */
export interface FuzzedConnection {
  readonly steps: readonly Step[]
  readonly end: keyof typeof ENDS
}

interface Step {
  /** A character for each byte. */
  readonly bytes: string
  /** How often they are sent. */
  readonly times: number
  readonly wait: keyof typeof WAITS
}

/** Stands for a token that may read John's record. */
const TOKEN = 'TOKEN'

const head = (line: string, ...lines: string[]) =>
  `${[`${line} HTTP/1.1`, 'Host: localhost', ...lines].join('\r\n')}\r\n\r\n`
const withBody = (line: string, body: string, ...lines: string[]) =>
  head(line, ...lines, `Content-Length: ${body.length}`) + body
const BEARER = `Authorization: Bearer ${TOKEN}`
const FORM = 'Content-Type: application/x-www-form-urlencoded'
const FHIR = 'Content-Type: application/fhir+json'
const CHUNKED = 'Transfer-Encoding: chunked'
const BATCH = JSON.stringify({
  resourceType: 'Bundle',
  type: 'batch',
  entry: Array(5).fill({ request: { method: 'GET', url: 'Observation?_count=50' } }),
})

const REQUESTS = [
  head('GET /healthz'),
  head('HEAD /readyz'),
  head('GET /fhir/metadata'),
  head('GET /login'),
  head('GET /account/log/download'),
  head('GET /fhir/Patient/john-doe', BEARER),
  head('GET /fhir/Observation?_count=200', BEARER),
  head('GET /fhir/Patient/john-doe/$everything', BEARER),
  head('GET /audit/checkpoint', 'Connection: close'),
  head('OPTIONS /fhir/Patient', 'Origin: https://a.test', 'Access-Control-Request-Method: GET'),
  head('GET /oauth/authorize?client_id=carekey'),
  withBody('POST /fhir', BATCH, FHIR, BEARER),
  withBody('POST /fhir/Observation/_search', 'code=85354-9', FORM, BEARER),
  withBody('POST /oauth/token', 'grant_type=refresh_token&client_id=carekey&refresh_token=x', FORM),
  withBody('POST /oauth/register', '{"client_name":"x"}', 'Content-Type: application/json'),
  withBody('POST /login', 'username=x&password=y', FORM),
  `${head('POST /oauth/token', FORM, CHUNKED)}5\r\na=b&c\r\n0\r\n\r\n`,
  `${head('POST /fhir', FHIR, BEARER, CHUNKED, 'Trailer: x')}2;a="b"\r\n{}\r\n0\r\nx: y\r\n\r\n`,
  head('POST /oauth/introspect', FORM, 'Expect: 100-continue', 'Content-Length: 5'),
  head('GET /fhir/metadata', 'Expect: 200-ok'),
  head('GET http://other.test/healthz'),
  'GET /healthz HTTP/1.0\r\n\r\n',
  head('CONNECT a.test:443'),
  head('GET /fhir/metadata', 'Connection: Upgrade', 'Upgrade: websocket'),
  head('GET /healthz', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'),
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
]

/** Pieces that parsers trip over. */
const SNAGS = [
  '\0',
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '\r\n ',
  ' ',
  '\t',
  ':',
  ';',
  '%00',
  '%',
  '\x80',
  '\xff',
  '-1',
]
const LINES = [
  'Content-Length: 0',
  'Content-Length: 99',
  CHUNKED,
  'Connection: x, close',
  'Upgrade: x',
  'Host: x',
]

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array).toString('latin1'))
const known = fc.constantFrom(...REQUESTS)
const edit = fc.record({
  /** Where, as a share of the length. */
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat(20),
  added: fc.oneof(
    fc.constantFrom(...SNAGS),
    fc.constantFrom(...LINES).map((line) => `\r\n${line}\r\n`),
    bytes,
    known,
  ),
})
const edited = fc.tuple(known, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([request, edits]) =>
  edits.reduce((text, { at, removed, added }) => {
    const index = Math.floor(at * text.length)
    return text.slice(0, index) + added + text.slice(index + removed)
  }, request),
)
/** More requests than one connection may pipeline, or more bytes than headers may have. */
const many = fc.oneof(
  fc.record({ bytes: known, times: fc.integer({ min: 2, max: 40 }) }),
  fc.record({
    bytes: fc.constantFrom('x', 'GET /', 'X: y\r\n', '1\r\na\r\n'),
    times: fc.integer({ min: 1_000, max: 20_000 }),
  }),
)
const once = fc.record({
  bytes: fc.oneof(
    { arbitrary: known, weight: 4 },
    { arbitrary: edited, weight: 4 },
    { arbitrary: bytes, weight: 1 },
  ),
  times: fc.constant(1),
})

const WAITS = {
  nothing: async () => {},
  turn: () => nextTurn(),
  moment: () => sleep(2),
  answer: (answered: Promise<unknown>) => Promise.race([answered, sleep(30)]),
} satisfies Record<string, (answered: Promise<unknown>) => Promise<unknown>>

/** Ways to end, in which the server has to notice by itself, or not. */
const ENDS = {
  reset: (socket) => socket.resetAndDestroy(),
  close: (socket) => socket.destroy(),
  'half close': (socket) => {
    socket.end()
    setTimeout(() => socket.destroy(), 10)
  },
  'reset without reading': (socket) => {
    socket.pause()
    setTimeout(() => socket.resetAndDestroy(), 10)
  },
} satisfies Record<string, (socket: Awaited<ReturnType<typeof openSocket>>) => void>

const keyOf = <T extends object>(table: T) => fc.constantFrom(...(Object.keys(table) as (keyof T)[]))

export const fuzzedConnection: fc.Arbitrary<FuzzedConnection> = fc.record({
  steps: fc.array(
    fc
      .tuple(fc.oneof({ arbitrary: once, weight: 9 }, { arbitrary: many, weight: 1 }), keyOf(WAITS))
      .map(([sent, wait]) => ({ ...sent, wait })),
    { maxLength: 4 },
  ),
  end: keyOf(ENDS),
})

/** Does what is asked over a new connection. @returns the bytes of the answers. */
export const connectAndSend = async (
  url: string,
  token: string,
  { steps, end }: FuzzedConnection,
): Promise<string> => {
  const socket = await openSocket(url, { allowHalfOpen: true })
  let answers = ''
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const answered = Promise.race([new Promise((resolve) => socket.once('data', resolve)), closed])
  socket.on('data', (chunk) => {
    answers += chunk.toString('latin1')
  })
  for (const { bytes, times, wait } of steps) {
    const text = bytes.replaceAll(TOKEN, token).repeat(times)
    if (socket.writable) socket.write(Buffer.from(text, 'latin1'))
    await WAITS[wait](answered)
  }
  ENDS[end](socket)
  await closed
  return answers
}
