import { connect } from 'node:net'

interface Response {
  readonly status: number
  readonly body: string
}

/** A kept-alive HTTP/1.1 connection that carries one request at a time. */
export interface HttpConnection {
  /** @param request all of it, head and body. @throws Error when the connection breaks or the answer has no length. */
  send(request: string): Promise<Response>
  close(): void
}

const END_OF_HEAD = Buffer.from('\r\n\r\n')

/**
 * A minimal HTTP client. The contenders are faster than the common clients, whose own cost would be measured instead and would
 * hide the difference.
 */
export const openConnection = (port: number): HttpConnection => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let chunks: Buffer[] = []
  /** The length of the whole answer in bytes, once its head is known. */
  let expected: number | undefined
  let bodyAt = 0
  let size = 0
  let waiting: PromiseWithResolvers<Response> | undefined

  const fail = (error: Error) => {
    waiting?.reject(error)
    waiting = undefined
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('The server closed the connection.')))
  socket.on('data', (chunk) => {
    chunks.push(chunk)
    size += chunk.length
    if (expected === undefined) {
      const all = chunks.length === 1 ? chunk : Buffer.concat(chunks)
      chunks = [all]
      const end = all.indexOf(END_OF_HEAD)
      if (end < 0) return
      const length = /^content-length: *(\d+)/im.exec(all.toString('latin1', 0, end))?.[1]
      if (length === undefined) return fail(new Error('The answer does not say how long it is.'))
      bodyAt = end + END_OF_HEAD.length
      expected = bodyAt + Number(length)
    }
    if (size < expected) return
    const all = chunks.length === 1 ? (chunks[0] ?? chunk) : Buffer.concat(chunks)
    const response = { status: Number(all.toString('latin1', 9, 12)), body: all.toString('utf8', bodyAt) }
    chunks = []
    expected = undefined
    size = 0
    waiting?.resolve(response)
    waiting = undefined
  })

  return {
    send: (request) => {
      waiting = Promise.withResolvers<Response>()
      socket.write(request)
      return waiting.promise
    },
    close: () => socket.destroy(),
  }
}
