import { Readable } from 'node:stream'
import { FhirError, operationOutcome } from '../../fhir-error.ts'

export interface FhirReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** In milliseconds since 1970; for a batch, which has no headers. */
  readonly lastModified?: number
  readonly body: Body
}

/** Returns the reply to a refused request. */
export const refusal = (error: FhirError): FhirReply & PackedReply => ({
  status: error.status,
  headers: error.headers,
  body: operationOutcome(error),
})

/** Turns a refusal into the reply that is sent. */
export const toReply = <Reply extends FhirReply | PackedReply>(
  outcome: Reply | FhirError,
): Reply | (FhirReply & PackedReply) => (outcome instanceof FhirError ? refusal(outcome) : outcome)

/**
 * The body of a reply: a text, the parts of one, or pieces if it is too large for memory. A piece is made only after the previous one
 * was read, so that an answer holds one piece in memory at a time.
 */
export type Body = string | readonly string[] | LateBody

interface LateBody {
  /** Characters, approximately. */
  readonly size: number
  /** How many of them are in memory from the beginning. */
  readonly held: number
  pieces(): AsyncIterable<string>
}

/** A body of this many characters or more is sent in pieces. */
export const LARGEST_TEXT = 256 * 1024
/** A text of this many characters or more is packed. */
const LEAST_PACKED = 16 * 1024
const PIECE = 32 * 1024

export interface PackedReply extends Omit<FhirReply, 'body'> {
  readonly body: string | Buffer | LateBody
}

/** Packs the body of a reply, in which form it waits until its access is logged. */
export const pack = (outcome: FhirReply | FhirError): PackedReply | FhirError => {
  if (outcome instanceof FhirError) return outcome
  const { body } = outcome
  return { ...outcome, body: isLate(body) ? body : packText(body) }
}

/**
 * Joins the parts of a text; turns it into bytes if it is large. They are outside the heap, where garbage collection would copy the
 * text, and the rows that it consists of, again and again. Joined as a string first, it would take twice as long.
 */
export const packText = (text: string | readonly string[]): string | Buffer => {
  const parts = typeof text === 'string' ? [text] : text
  if (sizeOf(parts) < LEAST_PACKED) return parts.join('')
  const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0))
  let end = 0
  for (const part of parts) end += bytes.write(part, end)
  // Never more than was written, because the memory may hold anything.
  return bytes.subarray(0, end)
}

export const isLate = (body: Body): body is LateBody => typeof body === 'object' && 'pieces' in body

export const textOf = (body: string | readonly string[]): string =>
  typeof body === 'string' ? body : body.join('')

export const sizeOf = (body: Body): number => {
  if (typeof body === 'string') return body.length
  return isLate(body) ? body.size : body.reduce((sum, part) => sum + part.length, 0)
}

/** Characters of a body that are in memory until it is sent. */
export const heldBy = (body: Body): number => (isLate(body) ? body.held : sizeOf(body))

/**
 * Streams a body in slices of about 32 kB, because the socket keeps a copy of each until its reader takes it. An error destroys the
 * stream, so that the reader does not take an incomplete body for a complete one.
 *
 * @param onFault receives the error.
 */
export const streamOf = ({ pieces }: LateBody, onFault: (error: unknown) => void): Readable =>
  Readable.from(joinPieces(pieces(), onFault), { highWaterMark: 1 })

async function* joinPieces(pieces: AsyncIterable<string>, onFault: (error: unknown) => void) {
  let text = ''
  try {
    for await (const piece of pieces)
      for (let start = 0; start < piece.length; start += PIECE) {
        text += piece.slice(start, start + PIECE)
        if (text.length < PIECE) continue
        // The first half of a surrogate pair waits for the second.
        const end = text.length - ((text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800 ? 1 : 0)
        yield text.slice(0, end)
        text = text.slice(end)
      }
  } catch (error) {
    onFault(error)
    throw new Error('The answer broke off.')
  }
  if (text !== '') yield text
}
