import type { Readable } from 'node:stream'

/** Reads a body; returns `undefined`, and reads no further, once it has more than `most` bytes. */
export const readAtMost = async (
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  most: number,
): Promise<Buffer | undefined> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > most) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The same for the body of a request. Does not destroy one that is too long, because it still gets an answer. */
export const readBodyAtMost = (body: Readable, most: number): Promise<Buffer | undefined> =>
  readAtMost(body.iterator({ destroyOnReturn: false }), most)
