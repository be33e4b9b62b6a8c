import { setTimeout as sleep } from 'node:timers/promises'
import { openSocket } from '../attacks/raw-request.ts'
import { startHaproxy, startNginx, type TestProxy } from '../fixtures/proxies.ts'

/** A server behind Debian's proxies, whose understanding of a message is compared with theirs. */
export interface ComparedProxies {
  /** Sends the bytes through every proxy, then somebody else's requests, and returns what was understood differently. */
  differencesOf(bytes: string): Promise<string[]>
  stop(): Promise<void>
}

/** The id that a request came with, as the server's log names it; undefined if the request could not be parsed. */
export type SeenRequest = string | undefined

/** After this many milliseconds without a byte, nothing more is expected. */
const PATIENCE = 60

/** @param requestsSeen returns all requests that the server took so far. */
export const startProxies = async (
  url: string,
  requestsSeen: () => readonly SeenRequest[],
): Promise<ComparedProxies> => {
  /** Requests that reached the server past every proxy: those that waited for its start. */
  const direct = new Set(requestsSeen())
  const [nginx, streaming, haproxy] = await Promise.all([
    startNginx(url, { streamed: false }),
    startNginx(url, { streamed: true }),
    startHaproxy(url),
  ])
  const proxies: Readonly<Record<string, TestProxy>> = {
    nginx,
    'nginx, streaming': streaming,
    HAProxy: haproxy,
  }

  /** Compares what the proxies passed on with what the server understood, from the first request on. */
  const compareLogs = async (): Promise<string[]> => {
    const lines = (await Promise.all(Object.values(proxies).map(({ log }) => log()))).flat()
    const passedOn = new Set(lines.map(({ id }) => id))
    const seen = requestsSeen()
    const named = seen.filter((id) => id !== undefined)
    const once = new Set(named)
    const unnamed = lines.filter(({ id, answered }) => answered !== undefined && !once.has(id))
    return [
      ...named
        .filter((id) => !passedOn.has(id) && !direct.has(id))
        .map((id) => `no proxy passed on the request ${id}`),
      ...named.filter((id, at) => named.indexOf(id) < at).map((id) => `the request ${id} came twice`),
      ...(unnamed.length > seen.length - named.length ? ['an answer belongs to no request'] : []),
    ]
  }

  const differencesOf = async (bytes: string): Promise<string[]> => {
    const faults: string[] = []
    await Promise.all(
      Object.entries(proxies).map(async ([name, { url }]) => {
        const heads = await exchange(url, bytes)
        for (let other = 0; other < 2; other++) {
          const signal = AbortSignal.timeout(10_000)
          const answer = await fetch(`${url}/healthz`, { signal }).catch(() => undefined)
          if (answer?.status !== 200) faults.push(`${name}: somebody else's request got ${answer?.status}`)
          if (answer) heads.push(answer)
        }
        for (const { status, headers } of heads)
          if (isForAnother(status, headers)) faults.push(`${name}: the answer to another request (${status})`)
      }),
    )
    // Either may write its line later than the other.
    for (let attempt = 0; ; attempt++) {
      const differences = await compareLogs()
      if (differences.length === 0 || attempt === 100) return [...faults, ...differences]
      await sleep(20)
    }
  }

  return {
    differencesOf,
    stop: async () => {
      for (const proxy of Object.values(proxies)) await proxy.stop()
    },
  }
}

/** The head of an answer. */
interface Head {
  readonly status: number
  readonly headers: Headers
}

const isForAnother = (status: number, headers: Headers): boolean => {
  const [asked, answered] = [headers.get('x-proxy-id'), headers.get('x-request-id')]
  // The proxy's own answers are no server's; a request that cannot be parsed has no name from anybody.
  const isUnparsed = status >= 400 && headers.get('content-type')?.startsWith('text/plain')
  return asked !== null && answered !== null && asked !== answered && !isUnparsed
}

/** Sends bytes over a new connection. @returns the answers until it is closed or silent. */
const exchange = async (url: string, bytes: string): Promise<Head[]> => {
  const socket = await openSocket(url)
  const chunks: Buffer[] = []
  let last = performance.now()
  socket.on('data', (chunk) => {
    chunks.push(chunk)
    last = performance.now()
  })
  socket.write(Buffer.from(bytes, 'latin1'))
  while (!socket.closed && performance.now() - last < PATIENCE) await sleep(5)
  socket.destroy()
  return headsIn(Buffer.concat(chunks).toString('latin1'))
}

/** Finds the heads of answers wherever they stand, because the answers may be those to other requests. */
const headsIn = (text: string): Head[] =>
  [...text.matchAll(/HTTP\/1\.[01] (\d{3})[^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/g)].map(
    ([, status, lines = '']) => ({
      status: Number(status),
      headers: new Headers(
        lines
          .split('\r\n')
          .filter(Boolean)
          .map((line): [string, string] => {
            const colon = line.indexOf(':')
            return [line.slice(0, colon), line.slice(colon + 1).trim()]
          }),
      ),
    }),
  )
