import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOutboundFetch } from '../../../server/oauth/clients/outbound-fetch.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')
const heapInUse = () => {
  collectGarbage()
  return process.memoryUsage().heapUsed
}
const BYTES = 60_000

describe('fetching from an address that somebody else chose', () => {
  let server: Server
  let connections = 0
  let paths: string[] = []
  let sentCount = 0
  let heapWithBytes = 0
  beforeAll(async () => {
    server = createServer((request, response) => {
      paths.push(request.url ?? '')
      if (request.url === '/moved') return response.writeHead(302, { location: '/keys' }).end()
      if (request.url === '/never') return undefined
      if (request.url === '/upgrade')
        return request.socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
        )
      if (request.url === '/bytes') {
        response.writeHead(200).flushHeaders()
        request.socket.write('1\r\na\r\n'.repeat(BYTES), async () => {
          // Until the other side has read them.
          for (let turn = 0; turn < 500; turn++) await nextTurn()
          heapWithBytes = heapInUse()
          response.end()
        })
        return undefined
      }
      if (request.url === '/slow') return void response.writeHead(200).write('{')
      if (request.url === '/large') {
        const chunk = Buffer.alloc(16_384, 97)
        const more = () => {
          while (sentCount < 50_000_000 && !response.destroyed) {
            sentCount += chunk.length
            if (!response.write(chunk)) return response.once('drain', more)
          }
          return response.end()
        }
        return more()
      }
      return response.writeHead(200, { 'content-type': 'application/json' }).end('{"keys":[]}')
    })
    server.on('connection', () => {
      connections += 1
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const port = () => (server.address() as AddressInfo).port
  const address = (path: string, host = '127.0.0.1') => `http://${host}:${port()}${path}`
  const inside = createOutboundFetch({ allowLoopback: true })
  const outside = createOutboundFetch({ allowLoopback: false })

  it('A31 makes no connection to this machine, except in a demo', async () => {
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '2130706433', '127.1']) {
      await expect(outside(address('/keys', host))).rejects.toMatchObject({ code: 'outbound-fetch' })
      await expect(outside(`https://${host}:${port()}/keys`)).rejects.toMatchObject({
        code: 'outbound-fetch',
      })
    }
    expect(connections).toBe(0)
    expect(await (await inside(address('/keys'))).json()).toEqual({ keys: [] })
  })

  it('A32 follows no redirect', async () => {
    paths = []
    await expect(inside(address('/moved'))).rejects.toMatchObject({ code: 'outbound-fetch' })
    expect(paths).toEqual(['/moved'])
  })

  it('A32 reads 64 kB at most', async () => {
    await expect(inside(address('/large'))).rejects.toThrow('64 kB')
    expect(sentCount).toBeLessThan(20_000_000)
  })

  it('A32 keeps no more of an answer in single bytes than these', async () => {
    const before = heapInUse()
    const answer = await inside(address('/bytes'))
    expect(heapWithBytes - before).toBeLessThan(5_000_000)
    expect(await answer.text()).toBe('a'.repeat(BYTES))
  })

  it.each(['/never', '/slow', '/upgrade'])('A32 waits 2.5 seconds at most for %s', async (path) => {
    const startedAt = performance.now()
    await expect(inside(address(path))).rejects.toMatchObject({ code: 'outbound-fetch' })
    expect(performance.now() - startedAt).toBeLessThan(3_500)
  })
})
