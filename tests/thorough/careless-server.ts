import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { SeenRequest } from './compared-proxies.ts'

/** A server that reads bodies by their length only, and so takes a chunked body for more requests. */
export interface CarelessServer {
  readonly url: string
  requestsSeen(): readonly SeenRequest[]
  stop(): void
}

export const startCarelessServer = async (): Promise<CarelessServer> => {
  const seen: string[] = []
  const server = createServer((socket) => {
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (let head = headOf(text); head; head = headOf(text)) {
        text = text.slice(head.end)
        seen.push(head.id)
        socket.write(`HTTP/1.1 200 OK\r\nX-Request-Id: ${head.id}\r\nContent-Length: 0\r\n\r\n`)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requestsSeen: () => seen,
    stop: () => void server.close(),
  }
}

const headOf = (text: string): { id: string; end: number } | undefined => {
  const body = text.indexOf('\r\n\r\n') + 4
  if (body < 4) return undefined
  const head = text.slice(0, body)
  const end = body + Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
  return { id: /^x-request-id: (.+)\r$/im.exec(head)?.[1] ?? 'without a name', end }
}
