import { isObject, type Json } from '../../fhir/resource.ts'
import { ProblemError } from '../../messages/errors.ts'
import { type Bytes, fromBase64, fromBase64Url } from './base64.ts'

/** The log's proof of one entry. */
export interface EntryProof {
  index: number
  salt?: Bytes
  count?: number
  proof: Bytes[]
  /** Set if its personal values were erased: the erasure's id, and the nonce that proves the entry's place in it. */
  erased?: { by: string; nonce: Bytes }
}

export interface Inclusion {
  /** Proofs by the id of their entry. */
  proofs: Map<string, EntryProof>
  /** Erasures by their id. */
  erasures: Map<string, { event: Json; text: string; proof: EntryProof }>
}

// The largest honest answer, 100 entries in a log of 2^53 and an erasure of each, is 1.4 MB.
const maxBytes = 2 * 1024 * 1024
/** No proof in a log of less than 2^53 entries is longer. */
const longestProof = 106

/** In characters: enough for 16 signatures of the longest kind (ML-DSA). */
const longestNote = 131_072

/**
 * Reads a checkpoint or key; undefined if it is too long for one, or not UTF-8.
 *
 * @throws ProblemError for a refusal, or when the answer breaks off.
 */
export const readNote = async (response: Response): Promise<string | undefined> => {
  const text = await readText(response)
  return text === undefined || text.length > longestNote ? undefined : text
}

/** Reads the proof in an answer to `proof/consistency`; undefined if the answer does not fit the request. */
export const readConsistency = async (
  response: Response,
  request: { from: number; to: number },
): Promise<Bytes[] | undefined> => {
  const answer = await readJson(response)
  return answer?.from === request.from && answer.to === request.to ? hashes(answer.proof) : undefined
}

/** Reads the proofs and erasures in an answer to `proof/inclusion`, by id; undefined if the answer does not fit the request. */
export const readInclusion = async (
  response: Response,
  request: { size: number; ids: readonly string[] },
): Promise<Inclusion | undefined> => {
  const answer = await readJson(response)
  if (answer?.size !== request.size || !Array.isArray(answer.entries)) return undefined
  const erasures = readErasures(answer.erasures, request.ids.length)
  if (!erasures) return undefined
  const proofs = new Map<string, EntryProof>()
  for (const entry of answer.entries) {
    const proof = isObject(entry) ? toProof(entry) : undefined
    if (!proof || !request.ids.includes(entry.id) || proofs.has(entry.id)) return undefined
    proofs.set(entry.id, proof)
  }
  return { proofs, erasures }
}

/** Reads erasures, no more than there are entries; an older log sends none. */
const readErasures = (value: unknown, most: number): Inclusion['erasures'] | undefined => {
  const erasures: Inclusion['erasures'] = new Map()
  if (value === undefined) return erasures
  if (!Array.isArray(value) || value.length > most) return undefined
  for (const each of value) {
    const event = isObject(each) && isObject(each.event) ? each.event : undefined
    const proof = isObject(each) ? toProof(each) : undefined
    if (!event || !proof || erasures.has(String(event.id))) return undefined
    erasures.set(String(event.id), { event, text: JSON.stringify(event), proof })
  }
  return erasures
}

const toProof = ({ index, salt, count, proof, erased }: Json): EntryProof | undefined => {
  const path = hashes(proof)
  const saltBytes = read16Bytes(salt)
  const erasure = isObject(erased) ? toErasureLink(erased) : undefined
  if (!path || !isWhole(index, 0)) return undefined
  if (salt !== undefined && !saltBytes) return undefined
  if (count !== undefined && !isWhole(count, 1)) return undefined
  if (erased !== undefined && !erasure) return undefined
  return {
    index,
    ...(saltBytes && { salt: saltBytes }),
    ...(count !== undefined && { count }),
    proof: path,
    ...(erasure && { erased: erasure }),
  }
}

const toErasureLink = ({ by, nonce }: Json): EntryProof['erased'] => {
  const nonceBytes = read16Bytes(nonce)
  return typeof by === 'string' && nonceBytes ? { by, nonce: nonceBytes } : undefined
}

/** Decodes 16 bytes in base64url. */
const read16Bytes = (value: unknown): Bytes | undefined => {
  const bytes = typeof value === 'string' ? fromBase64Url(value) : undefined
  return bytes?.length === 16 ? bytes : undefined
}

const isWhole = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least

const hashes = (value: unknown): Bytes[] | undefined => {
  if (!Array.isArray(value) || value.length > longestProof) return undefined
  const hashes = value.map((text) => (typeof text === 'string' ? fromBase64(text) : undefined))
  return hashes.every((hash) => hash?.length === 32) ? (hashes as Bytes[]) : undefined
}

/** Reads JSON that can be read in one way only, as `JSON.stringify` writes it; undefined for any other, such as with a name twice. */
const readJson = async (response: Response): Promise<Json | undefined> => {
  const text = await readText(response)
  try {
    const value: unknown = JSON.parse(text ?? '')
    return isObject(value) && JSON.stringify(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * Reads the answer as UTF-8; undefined for more than 2 MB or invalid UTF-8.
 *
 * @throws ProblemError for a refusal, or when the answer breaks off.
 */
const readText = async (response: Response): Promise<string | undefined> => {
  if (!response.ok) {
    await response.body?.cancel()
    throw new ProblemError(codeOf(response.status))
  }
  try {
    const chunks: Uint8Array<ArrayBuffer>[] = []
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) return undefined
      chunks.push(chunk)
    }
    return decode(await new Blob(chunks).arrayBuffer())
  } catch (error) {
    throw error instanceof ProblemError ? error : new ProblemError('unreachable', undefined, error)
  }
}

const decode = (bytes: ArrayBuffer): string | undefined => {
  try {
    // Different bytes must not decode to the same text: an invalid byte is an error, and a byte order mark is a character.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const codeOf = (status: number): ProblemError['code'] => {
  if (status === 429 || status === 503) return 'too-busy'
  if (status === 403) return 'refused'
  if (status === 404 || status === 410) return 'not-found'
  return status < 500 ? 'bad-request' : 'server-failed'
}
