import type { Readable } from 'node:stream'
import { badRequest, FhirError } from '../../fhir-error.ts'
import { mediaType } from './negotiate.ts'

const LARGEST_BODY = 1024 * 1024

/**
 * The body of a request, as text. It is read here, after the access decision, and never beyond the limit.
 *
 * @param expected the media types it may have.
 * @throws FhirError 400, 413, 415
 */
export const readBody = async (
  { body, contentType }: { body: Readable | undefined; contentType: string | undefined },
  expected: readonly string[],
): Promise<string> => {
  if (contentType !== undefined && !expected.includes(mediaType(contentType)))
    throw new FhirError(
      415,
      'not-supported',
      'unsupported_media_type',
      `What is posted here is ${expected.join(' or ')}.`,
    )
  const bytes = body ? await read(body) : Buffer.alloc(0)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw badRequest('The body is not UTF-8.')
  }
}

const read = async (body: Readable): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > LARGEST_BODY) throw tooLong()
      chunks.push(chunk)
    }
  } catch (error) {
    // Whoever sends goes away: the log says that it is no fault of ours (D02).
    throw error instanceof FhirError ? error : badRequest('The body did not come whole.')
  }
  return Buffer.concat(chunks)
}

const tooLong = (): FhirError =>
  new FhirError(413, 'too-long', 'too_long', 'The request is larger than 1 MB.', { connection: 'close' })
