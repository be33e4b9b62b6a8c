import fc from 'fast-check'

/** A second request, hidden in what a program may take for the body of the first one. */
const HIDDEN = 'GET /nowhere/hidden HTTP/1.1\r\nHost: localhost\r\nX-Hidden: 1\r\n\r\n'

/** Ways to say that the body is chunked, or to look like it. */
const CHUNKED = [
  'Transfer-Encoding: chunked',
  'Transfer-Encoding:chunked',
  'transfer-encoding: CHUNKED',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding\t: chunked',
  ' Transfer-Encoding: chunked',
  'Transfer-Encoding: \tchunked\t',
  'Transfer-Encoding:\x0bchunked',
  'Transfer-Encoding: \0chunked',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunked-x',
  'Transfer-Encoding: "chunked"',
  'Transfer-Encoding: chunked;q=1',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
  'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding:\r\n chunked',
  'Transfer-Encoding:\n chunked',
  'X: y\r\n Transfer-Encoding: chunked',
  'X: y\nTransfer-Encoding: chunked',
  'X: y\rTransfer-Encoding: chunked',
  'X\0: y\r\nTransfer-Encoding: chunked',
  'X: \0\r\nTransfer-Encoding: chunked',
  'Transfer_Encoding: chunked',
  'Transfer-Encoding\xa0: chunked',
  'TE: chunked',
  'Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked',
  ': x\r\nTransfer-Encoding: chunked',
  'x\r\nTransfer-Encoding: chunked',
]

/** Ways to give a length. */
const lengths = (length: number): readonly string[] => [
  `Content-Length: ${length}`,
  `Content-Length: ${length}\r\nContent-Length: ${length}`,
  `Content-Length: ${length}\r\nContent-Length: 0`,
  `Content-Length: 0\r\nContent-Length: ${length}`,
  `Content-Length: ${length}, ${length}`,
  `Content-Length: +${length}`,
  `Content-Length: 0${length}`,
  `Content-Length: 0x${length.toString(16)}`,
  `Content-Length: ${length}.0`,
  `Content-Length: -${length}`,
  `Content-Length: ${2n ** 64n + BigInt(length)}`,
  `Content-Length : ${length}`,
  `Content-Length:\r\n ${length}`,
  `Content-Length:\n ${length}`,
  `Content_Length: ${length}`,
  `Content-Length: ${length}\0`,
  `Content-Length: ${length} 0`,
  `Content-Length: `,
  `X: y\nContent-Length: ${length}`,
  `Connection: Content-Length\r\nContent-Length: ${length}`,
  `Connection: close, Content-Length\r\nContent-Length: ${length}`,
]

const chunk = (text: string, size = text.length.toString(16)) => `${size}\r\n${text}\r\n`
const END = '0\r\n\r\n'

/** Bodies with a second request, whether they are read by their length or as chunks. */
const BODIES = [
  HIDDEN,
  END + HIDDEN,
  chunk(HIDDEN) + END,
  chunk('a=b') + END + HIDDEN,
  chunk('a=b', `3;x="\r\n\r\n"`) + END + HIDDEN,
  chunk('a=b', `3;x=y\n`) + END + HIDDEN,
  chunk('a=b', '3 ') + END + HIDDEN,
  chunk('a=b', '0x3') + END + HIDDEN,
  chunk('a=b', '+3') + END + HIDDEN,
  chunk('a=b', '0000000000000000000003') + END + HIDDEN,
  chunk('a=b', '100000000000000003') + END + HIDDEN,
  `3\na=b\n0\n\n${HIDDEN}`,
  `3\r\na=bxx0\r\n\r\n${HIDDEN}`,
  `3\r\na=b\r\n0\r\nContent-Length: 5\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n${HIDDEN}`,
  `3\r\na=b\r\n0\r\n\r${HIDDEN}`,
  `3\r\na=b\r\n0\n\n${HIDDEN}`,
]

/** Request lines, and with them versions and spaces that programs read differently. */
const LINES = [
  'POST /login HTTP/1.1',
  'POST /oauth/token HTTP/1.1',
  'POST /fhir/Patient/_search HTTP/1.1',
  'POST /nowhere HTTP/1.1',
  'POST /login HTTP/1.0',
  'POST  /login HTTP/1.1',
  'POST /login  HTTP/1.1',
  'POST /login HTTP/1.1 ',
  'POST\t/login\tHTTP/1.1',
  'POST /login?a b HTTP/1.1',
  'POST /login HTTP/1.2',
  'POST /login http/1.1',
  'POST /login HTTP/01.1',
  'POST /login',
  'POST http://localhost/login HTTP/1.1',
  'POST http://other.test/login HTTP/1.1',
  'POST //other.test/login HTTP/1.1',
  'POST /%2e%2e/login HTTP/1.1',
  'POST /login\0 HTTP/1.1',
  'POST /login#x HTTP/1.1',
  'GET /login HTTP/1.1',
  'HEAD /login HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'DELETE /login HTTP/1.1',
  'TRACE / HTTP/1.1',
  'CONNECT localhost:80 HTTP/1.1',
  '\r\nPOST /login HTTP/1.1',
  '\nPOST /login HTTP/1.1',
  ' POST /login HTTP/1.1',
]

/** Other lines that change how a message, or the connection, is read. */
const OTHERS = [
  'Connection: keep-alive',
  'Connection: close',
  'Connection: X-Request-Id',
  'Connection: X-Forwarded-For, Host',
  'Connection: Upgrade\r\nUpgrade: websocket',
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk',
  'Upgrade: h2c',
  'Expect: 100-continue',
  'Expect: x',
  'Host: other.test',
  'Host : localhost',
  'X-Request-Id: chosen-by-the-caller',
  'X-Forwarded-For: 192.0.2.1',
  'X: y\r\n folded',
  'X: y\nZ: z',
  'X: y\rZ: z',
  'X: \0',
  'X Y: z',
  'Trailer: Content-Length',
  'Keep-Alive: timeout=99',
  'Content-Type: application/x-www-form-urlencoded',
  'Proxy-Connection: keep-alive',
]

const HOST = 'Host: localhost'
const message = (lines: readonly string[], body: string) => `${lines.join('\r\n')}\r\n\r\n${body}`

/** Messages with one oddity each, by their names; a character for each byte. */
export const ODDITIES: readonly (readonly [name: string, bytes: string])[] = [
  ...CHUNKED.flatMap((chunked): [string, string][] => [
    [
      `CL.TE ${chunked}`,
      message(
        ['POST /login HTTP/1.1', HOST, `Content-Length: ${END.length + HIDDEN.length}`, chunked],
        END + HIDDEN,
      ),
    ],
    [
      `TE.CL ${chunked}`,
      message(['POST /login HTTP/1.1', HOST, chunked, 'Content-Length: 4'], chunk(HIDDEN) + END),
    ],
    [`TE alone ${chunked}`, message(['POST /login HTTP/1.1', HOST, chunked], END + HIDDEN)],
  ]),
  ...lengths(HIDDEN.length).map((length): [string, string] => [
    length,
    message(['POST /login HTTP/1.1', HOST, length], HIDDEN),
  ]),
  ...BODIES.map((body): [string, string] => [
    `chunks ${JSON.stringify(body.slice(0, 30))}`,
    message(['POST /login HTTP/1.1', HOST, 'Transfer-Encoding: chunked'], body),
  ]),
  ...LINES.map((line): [string, string] => [
    line,
    message([line, HOST, `Content-Length: ${HIDDEN.length}`], HIDDEN),
  ]),
  ...OTHERS.map((other): [string, string] => [
    other,
    message(['POST /login HTTP/1.1', HOST, other, `Content-Length: ${HIDDEN.length}`], HIDDEN + HIDDEN),
  ]),
].map(([name, bytes]) => [JSON.stringify(name), bytes] as const)

const oneOf = (list: readonly string[]) => fc.constantFrom(...list)

/** Messages with several oddities. */
export const oddMessage: fc.Arbitrary<string> = fc
  .record({
    line: fc.oneof({ arbitrary: fc.constant('POST /login HTTP/1.1'), weight: 3 }, oneOf(LINES)),
    framing: fc.array(
      fc.oneof(
        oneOf(CHUNKED),
        fc.nat(400).chain((length) => oneOf(lengths(length))),
      ),
      { maxLength: 3 },
    ),
    others: fc.array(oneOf(OTHERS), { maxLength: 2 }),
    hostFirst: fc.boolean(),
    body: oneOf(BODIES),
    again: fc.boolean(),
  })
  .map(({ line, framing, others, hostFirst, body, again }) => {
    const rest = [...others, ...framing]
    const bytes = message([line, ...(hostFirst ? [HOST, ...rest] : [...rest, HOST])], body)
    return again ? bytes + bytes : bytes
  })

/** A correct message, in which only a server that cannot read chunks finds a second request. */
export const HIDING = message(
  ['POST /login HTTP/1.1', HOST, 'Transfer-Encoding: chunked'],
  chunk(`\r\n\r\n${HIDDEN}`) + END,
)
