import type { Readable } from 'node:stream'
import { badRequest, FhirError } from '../../fhir-error.ts'
import { readBodyAtMost } from '../../read-at-most.ts'
import { mediaType } from './negotiate.ts'

const LARGEST_BODY = 1024 * 1024

/**
 * The body of a request, which its sender may send slowly. It is no part of the exchange, so that nothing that has memory set aside
 * can wait for it.
 */
export interface RequestBody {
  readonly contentType: string | undefined
  readonly stream: Readable
}

/**
 * Reads the body of a request as text, only after the access decision and never beyond the limit.
 *
 * @param mediaTypes the media types it may have.
 * @param count counts its bytes as they come, and refuses them.
 * @throws FhirError 400 when it is incomplete or not UTF-8, 413 when it is too long, 415 when it has another media type.
 */
export const readBody = async (
  { contentType, stream }: RequestBody,
  mediaTypes: readonly string[],
  count: (size: number) => void,
): Promise<string> => {
  if (contentType !== undefined && !mediaTypes.includes(mediaType(contentType)))
    throw new FhirError(
      415,
      'not-supported',
      'unsupported_media_type',
      `A body posted here must be ${mediaTypes.join(' or ')}.`,
    )
  const bytes = await readBytes(stream, count)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw badRequest('The body is not UTF-8.')
  }
}

const readBytes = async (body: Readable, count: (size: number) => void): Promise<Buffer> => {
  const bytes = await readBodyAtMost(body, LARGEST_BODY, count).catch((error) => {
    if (error instanceof FhirError) throw error
    // The sender closed the connection, which the log must not record as a fault of ours (D02).
    throw badRequest('The body did not come whole.')
  })
  if (!bytes) throw new FhirError(413, 'too-long', 'too_long', 'The request is larger than 1 MB.')
  return bytes
}
