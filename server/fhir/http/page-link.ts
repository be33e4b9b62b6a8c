import { createHash } from 'node:crypto'
import { badRequest, forbidden } from '../../fhir-error.ts'
import type { Authorization } from '../../grants/authorization.ts'
import { createSealer, type Sealer } from '../../sealed-text.ts'
import type { Position } from '../access/source.ts'

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
 * Seals the position at which the next page begins. The link is valid for the same person, application, grant,
 * patient and scopes only, and a request with it is authorized again like any other.
 *
 * @throws FhirError 400 when the search is so long that its link could not be opened.
 */
export const sealPage = (
  key: Uint8Array,
  link: PageLink,
  { authorization, now }: { authorization: Authorization; now: number },
): string => {
  const sealed: SealedContent = { ...link, holder: holderOf(authorization), expiresAt: now + LIFETIME }
  const content = JSON.stringify(sealed) + ' '.repeat(LONGEST_KEY - String(link.after.key).length)
  const text = sealerOf(key).seal(content, '')
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
  const content = text.length > LONGEST ? undefined : sealerOf(key).open(text, '')
  return content === undefined ? undefined : JSON.parse(content)
}

/** Sealers with their derived keys, kept because deriving one costs more than sealing a page with it. */
const sealers = new WeakMap<Uint8Array, Sealer>()

const sealerOf = (key: Uint8Array): Sealer => {
  const sealer = sealers.get(key) ?? createSealer(key, 'page link')
  sealers.set(key, sealer)
  return sealer
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
