import type { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'

/**
 * Reads a body; returns `undefined`, and reads no further, once it has more than `most` bytes.
 *
 * @param count is told the size of each chunk before it is kept; an error that it throws is thrown here.
 */
export const readAtMost = async (
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  most: number,
  count?: (size: number) => void,
): Promise<Buffer<ArrayBuffer> | undefined> => {
  // Chunks are copied, because one of a single byte takes 900 bytes of memory.
  let bytes = Buffer.alloc(0)
  let size = 0
  for await (const chunk of body) {
    const end = size + chunk.length
    if (end > most) return undefined
    count?.(chunk.length)
    if (end > bytes.length) {
      const larger = Buffer.alloc(Math.min(most, 2 * end))
      bytes.copy(larger)
      bytes = larger
    }
    bytes.set(chunk, size)
    size = end
  }
  return bytes.subarray(0, size)
}

/** The same for the body of a request. Does not destroy one that is too long, because it still gets an answer. */
export const readBodyAtMost = (
  body: Readable,
  most: number,
  count?: (size: number) => void,
): Promise<Buffer | undefined> => readAtMost(body.iterator({ destroyOnReturn: false }), most, count)

/** Stops Fastify from reading bodies: a handler that wants one reads it, up to a limit. */
export const readNoBodies = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
}

/** Checks whether a text has more parts than that, without reading any of them. */
export const hasMoreParts = (most: number, text: string, separator: string): boolean =>
  text.split(separator, most + 1).length > most
