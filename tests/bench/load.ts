import type { Sample } from './comparison.ts'
import { type HttpConnection, openConnection } from './http-connection.ts'

export interface LoadOptions {
  readonly port: number
  /** How many requests are waiting for an answer at any moment. */
  readonly waiting: number
  readonly warmMs: number
  readonly forMs: number
  /** For requests that use something up: roughly the highest number in the measurement and in the warm-up. */
  readonly most?: number
  readonly warmMost?: number
}

/** The most requests, however fast the server is; limits memory, and what a measurement writes. */
const MOST_REQUESTS = 100_000

/**
 * Keeps this many requests waiting, each on its own connection, until the time is over.
 *
 * @param request sends one request, and throws when the answer is wrong. `slot` is the number of the connection, from 0.
 */
export const load = async (
  { port, waiting, warmMs, forMs, most = MOST_REQUESTS, warmMost = MOST_REQUESTS }: LoadOptions,
  request: (connection: HttpConnection, slot: number) => Promise<void>,
): Promise<Sample> => {
  const connections = Array.from({ length: waiting }, () => openConnection(port))
  const drive = async (ms: number, most: number): Promise<Sample> => {
    const times: number[] = []
    const start = performance.now()
    const end = start + ms
    await Promise.all(
      connections.map(async (connection, slot) => {
        for (let now = performance.now(); now < end && times.length < most; ) {
          await request(connection, slot)
          const after = performance.now()
          times.push(after - now)
          now = after
        }
      }),
    )
    return { value: (times.length * 1000) / (performance.now() - start), times }
  }
  try {
    await drive(warmMs, warmMost)
    return await drive(forMs, most)
  } finally {
    for (const connection of connections) connection.close()
  }
}
