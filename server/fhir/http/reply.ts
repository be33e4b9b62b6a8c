import { Readable } from 'node:stream'
import { FhirError, operationOutcome } from '../../fhir-error.ts'

export interface FhirReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

/** Turns a refusal into the reply that is sent. */
export const toReply = <Reply extends PackedReply = FhirReply>(
  outcome: Reply | FhirError,
): Reply | FhirReply =>
  outcome instanceof FhirError
    ? { status: outcome.status, headers: outcome.headers, body: operationOutcome(outcome) }
    : outcome

/**
 * The body of a reply: a text, or pieces if it is too large for memory. A piece is made only after the previous one was read, so that
 * an answer holds one piece in memory at a time.
 */
export type Body = string | LateBody

interface LateBody {
  /** Characters, approximately. */
  readonly size: number
  pieces(): AsyncIterable<string>
}

/** A body of this many characters or more is sent in pieces. */
export const LARGEST_TEXT = 256 * 1024
/** A text of this many characters or more is packed. */
const LEAST_PACKED = 16 * 1024
const PIECE = 32 * 1024

export interface PackedReply extends Omit<FhirReply, 'body'> {
  readonly body: Body | Buffer
}

/**
 * Turns a large text into bytes, in which it waits until its access is logged. They are outside the heap, where garbage collection
 * would copy the text, and the rows that it consists of, again and again.
 */
export const pack = (outcome: FhirReply | FhirError): PackedReply | FhirError =>
  outcome instanceof FhirError || typeof outcome.body !== 'string' || outcome.body.length < LEAST_PACKED
    ? outcome
    : { ...outcome, body: Buffer.from(outcome.body) }

export const sizeOf = (body: Body): number => (typeof body === 'string' ? body.length : body.size)

/**
 * Streams a body. An error destroys the stream, so that the reader does not take an incomplete body for a complete one.
 *
 * @param onFault receives the error.
 */
export const streamOf = ({ pieces }: LateBody, onFault: (error: unknown) => void): Readable =>
  Readable.from(joinPieces(pieces(), onFault), { highWaterMark: 1 })

async function* joinPieces(pieces: AsyncIterable<string>, onFault: (error: unknown) => void) {
  let text = ''
  try {
    for await (const piece of pieces) {
      text += piece
      if (text.length < PIECE) continue
      yield text
      text = ''
    }
  } catch (error) {
    onFault(error)
    throw new Error('The answer broke off.')
  }
  if (text !== '') yield text
}
