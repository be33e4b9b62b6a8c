import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { badRequest, forbidden } from '../../fhir-error.ts'
import type { Authorization } from '../../grants/authorization.ts'
import type { Position } from '../source.ts'

/** The next page of a search. Links carry it sealed, so that they neither reveal nor accept anything in the clear. */
export interface PageLink {
  readonly type: string
  /** The parameters of the search, as a query string. */
  readonly query: string
  readonly after: Position
  /** The total that was counted with the first page. */
  readonly total?: number
}

interface SealedContent extends PageLink {
  /** Hash of the authorization that it was made for. */
  readonly holder: string
  readonly expiresAt: number
}

/** How long a page link is valid, in milliseconds. */
const LIFETIME = 60 * 60 * 1000
const LONGEST = 16_384
/**
 * Keys are padded to this length, because a shorter link would reveal how many resources, of other records too, are stored before
 * the key.
 */
const LONGEST_KEY = String(Number.MAX_SAFE_INTEGER).length

/**
 * Seals the position at which the next page begins (AES-256-GCM). The link is valid for the same person, application, grant,
 * patient and scopes only, and a request with it is authorized again like any other.
 *
 * @throws FhirError 400 when the search is so long that its link could not be opened.
 */
export const sealPage = (
  key: Uint8Array,
  link: PageLink,
  { authorization, now }: { authorization: Authorization; now: number },
): string => {
  const content: SealedContent = { ...link, holder: holderOf(authorization), expiresAt: now + LIFETIME }
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', cipherKey(key), nonce)
  const text = Buffer.concat([
    nonce,
    cipher.update(JSON.stringify(content) + ' '.repeat(LONGEST_KEY - String(link.after.key).length)),
    cipher.final(),
    cipher.getAuthTag(),
  ]).toString('base64url')
  if (text.length > LONGEST)
    throw badRequest('The search is too long for a link to its next page; shorten it.')
  return text
}

/**
 * Checks that a page link comes without further parameters. `_format` is allowed, and so is `_count`, which libraries add to every
 * request; the page keeps its size.
 *
 * @throws FhirError 400 when it has others.
 */
export const requireAlone = (parameters: URLSearchParams): void => {
  if ([...parameters.keys()].filter((name) => name !== '_format' && name !== '_count').length > 1)
    throw badRequest('A page link is followed as it is, without further parameters.')
}

/**
 * Opens a page link.
 *
 * @throws FhirError 400 when it was altered, has expired, or belongs to another search; 403 when it belongs to another sign-in.
 */
export const openPage = (
  key: Uint8Array,
  text: string,
  { type, authorization, now }: { type: string; authorization: Authorization; now: number },
): PageLink => {
  const content = unseal(key, text)
  if (!content || content.type !== type) throw badRequest('The page link is not one that this server gave.')
  if (content.holder !== holderOf(authorization))
    throw forbidden('foreign_page', 'The page link belongs to another sign-in.')
  if (content.expiresAt <= now) throw badRequest('The page link is over; search again.')
  return content
}

const unseal = (key: Uint8Array, text: string): SealedContent | undefined => {
  const bytes = Buffer.from(text.slice(0, LONGEST), 'base64url')
  // Node reads base64 leniently; only the exact spelling that was issued is accepted.
  if (bytes.length < 28 || bytes.toString('base64url') !== text) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', cipherKey(key), bytes.subarray(0, 12))
    decipher.setAuthTag(bytes.subarray(-16))
    return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString())
  } catch {
    return undefined
  }
}

/** Derived keys, kept because deriving one costs more than sealing a page with it. */
const cipherKeys = new WeakMap<Uint8Array, KeyObject>()

const cipherKey = (key: Uint8Array): KeyObject => {
  const cached = cipherKeys.get(key)
  if (cached) return cached
  const derived = createSecretKey(new Uint8Array(hkdfSync('sha256', key, '', 'carekey page link', 32)))
  cipherKeys.set(key, derived)
  return derived
}

const holderOf = ({ account, clientId, grantId, patient, scopes }: Authorization): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        account?.id ?? null,
        clientId,
        grantId ?? null,
        patient ?? null,
        scopes.map(({ text }) => text).sort(),
      ]),
    )
    .digest('base64url')
