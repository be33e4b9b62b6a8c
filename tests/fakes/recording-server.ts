import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An origin on this machine that gives scripted answers, also to any other origin, and records its requests. */
export interface RecordingServer {
  readonly origin: string
  readonly requests: readonly Recorded[]
  close(): Promise<void>
}

export interface Recorded {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** The fields of a posted form. */
  readonly form: URLSearchParams
  readonly headers: IncomingMessage['headers']
  /** The client has disconnected before the answer. */
  readonly gone: Promise<void>
}

/** `hang-up` breaks the connection instead of answering. */
export type Reply =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  | 'hang-up'

export const startRecordingServer = async (
  answer: (request: Recorded) => Reply | Promise<Reply>,
): Promise<RecordingServer> => {
  const requests: Recorded[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const requestRecord: Recorded = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      form: new URLSearchParams(Buffer.concat(chunks).toString()),
      headers: request.headers,
      gone: new Promise((resolve) => {
        response.once('close', () => !response.writableFinished && resolve())
      }),
    }
    requests.push(requestRecord)
    const reply = await answer(requestRecord)
    if (reply === 'hang-up') return void request.socket.destroy()
    const { status = 200, headers = {}, body } = reply
    response.writeHead(status, {
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization, content-type, accept, x-request-id, prefer',
      'access-control-expose-headers': '*',
      ...(typeof body === 'string' ? {} : { 'content-type': 'application/fhir+json' }),
      ...headers,
    })
    response.end(typeof body === 'string' ? body : body && JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
