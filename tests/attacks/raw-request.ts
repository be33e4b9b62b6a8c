import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A request that `fetch` would never send. */
export interface RawRequest {
  /** The request line and the header lines; `Host` is added, and `Connection: close` unless a line sets it. */
  readonly head: readonly string[]
  readonly body?: string | Buffer
}

export interface RawAnswers {
  readonly answers: readonly { readonly response: Response; readonly text: string }[]
  /** The status of the first answer; undefined if the server closed without one. */
  readonly status: number | undefined
}

/** A timeout for the answer and the close, so that a test cannot hang. */
const LONGEST = 30_000

/** @param allowHalfOpen goes on sending after the server has ended the connection. */
export const openSocket = async (url: string, { allowHalfOpen = false } = {}): Promise<Socket> => {
  const { port } = new URL(url)
  const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen })
  await once(socket, 'connect')
  // A connection that is cut while it is written to reports an error.
  socket.on('error', () => {})
  return socket
}

/** All data from a socket until it closes, for whatever reason. */
export const untilClosed = (socket: Socket): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    if (socket.closed) return resolve(Buffer.alloc(0))
    const stop = setTimeout(() => {
      socket.destroy()
      reject(new Error(`The server left a connection open for ${LONGEST} ms.`))
    }, LONGEST)
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('close', () => {
      clearTimeout(stop)
      resolve(Buffer.concat(chunks))
    })
  })

export const sendRaw = async (url: string, { head, body = '' }: RawRequest): Promise<RawAnswers> => {
  const [line, ...headers] = head
  const names = headers.map((header) => header.split(':', 1)[0]?.toLowerCase())
  const added = [
    ...(names.includes('host') ? [] : [`Host: ${new URL(url).host}`]),
    ...(names.includes('connection') ? [] : ['Connection: close']),
  ]
  const socket = await openSocket(url)
  const response = untilClosed(socket)
  socket.write(Buffer.from(`${[line, ...added, ...headers].join('\r\n')}\r\n\r\n`, 'latin1'))
  if (body !== '') socket.write(body)
  const answers = answersIn(await response)
  return { answers, status: answers[0]?.response.status }
}

/** The server's answers in order, without informational ones. */
export const answersIn = (bytes: Buffer): { response: Response; text: string }[] => {
  const answers: { response: Response; text: string }[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\r\n\r\n', at)
    if (end < 0) break
    const [line = '', ...lines] = bytes.toString('latin1', at, end).split('\r\n')
    const status = Number(line.split(' ')[1])
    const headers = new Headers(
      lines.map((header): [string, string] => {
        const colon = header.indexOf(':')
        return [header.slice(0, colon), header.slice(colon + 1).trim()]
      }),
    )
    const length = headers.get('content-length')
    const body = end + 4
    // An answer without a length ends with the connection; only our last answer may have none.
    at = status < 200 ? body : length === null ? bytes.length : body + Number(length)
    if (status < 200) continue
    const text = bytes.toString('utf8', body, at)
    const empty = text === '' || [204, 205, 304].includes(status)
    answers.push({ response: new Response(empty ? null : text, { status, headers }), text })
  }
  return answers
}
