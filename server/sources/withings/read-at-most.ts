import { WithingsError } from './withings-error.ts'

/**
 * Reads a response's text.
 *
 * @throws WithingsError when it is longer than `most` bytes; the rest is not read.
 */
export const readAtMost = async (response: Response, most: number): Promise<string> => {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of response.body ?? []) {
    size += piece.length
    if (size > most) throw new WithingsError('away', "Withings' answer is too long.")
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}
