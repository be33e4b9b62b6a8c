import { Readable } from 'node:stream'
import { FhirError, operationOutcome } from '../../fhir-error.ts'

export interface FhirReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

/** A refusal as it is sent. */
export const toReply = (outcome: FhirReply | FhirError): FhirReply =>
  outcome instanceof FhirError
    ? { status: outcome.status, headers: outcome.headers, body: operationOutcome(outcome) }
    : outcome

/**
 * What is sent: a text, or one that is too large to be held whole. Its pieces are made while they leave, and no sooner than
 * the last one was read, so that memory holds a piece an answer and not the answer.
 */
export type Body = string | LateBody

export interface LateBody {
  /** Characters, about. */
  readonly size: number
  pieces(): AsyncIterable<string>
}

/** Characters from which on a body is not held whole. */
export const LARGEST_TEXT = 256 * 1024
const PIECE = 64 * 1024

export const sizeOf = (body: Body): number => (typeof body === 'string' ? body.length : body.size)

/** @param onFault told of what broke off; the reader is cut off, and cannot take what it has for the whole. */
export const streamOf = ({ pieces }: LateBody, onFault: (error: unknown) => void): Readable =>
  Readable.from(gathered(pieces(), onFault), { highWaterMark: 1 })

async function* gathered(pieces: AsyncIterable<string>, onFault: (error: unknown) => void) {
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
