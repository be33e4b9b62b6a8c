import { createHash } from 'node:crypto'
import {
  calculateJwkThumbprint,
  decodeProtectedHeader,
  EmbeddedJWK,
  type JWK,
  type JWTPayload,
  jwtVerify,
} from 'jose'
import type { Insertable } from 'kysely'
import { parseAddress } from '../../values/parse-address.ts'
import type { Db, OauthRecordTable } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { AlreadyTaken, storedId } from './stored-id.ts'

/**
 * Algorithms that proofs may be signed with, at the token endpoint and at the FHIR API alike. None is RSA, because a stranger chooses
 * the key, and one with a long exponent takes fifty times as long to verify with.
 */
export const DPOP_ALGORITHMS = ['ES256', 'ES384', 'Ed25519'] as const

/** How far a proof's `iat` may differ from now, in seconds; the engine uses the same limit at the token endpoint. */
export const FRESHNESS_SECONDS = 300

/** In characters. */
const LONGEST_PROOF = 8_000

/** An invalid proof (RFC 9449 section 7.1). The message says which member is wrong, never its value. */
export class InvalidDpopProof extends Error {
  readonly code = 'invalid_dpop_proof'
}

/** A request to the resource server, with everything that its proof must match. */
interface ProvenRequest {
  readonly method: string
  /** The address without query and fragment. */
  readonly url: string
  /** The access token it comes with. */
  readonly token: string
  /** The key that the token is bound to: `cnf.jkt`. */
  readonly jkt: string
  /** The `DPoP` header. */
  readonly proof: string | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Checks the proof of a request with a bound token (RFC 9449 section 4.3) and uses up its `jti`: if several requests present it
 * at once, on any process, only one succeeds.
 *
 * @throws InvalidDpopProof when the proof is missing, does not match, is not fresh, or was used before.
 */
export const requireDpopProof = async (store: Store, request: ProvenRequest): Promise<void> => {
  const { proof } = request
  if (proof === undefined) throw new InvalidDpopProof('the DPoP header is missing')
  if (proof.length > LONGEST_PROOF) throw new InvalidDpopProof('the proof is too long')
  // First, because a signature takes longer to verify.
  if ((await keyOfProof(proof)) !== request.jkt)
    throw new InvalidDpopProof('the key is not the one that the token is bound to')
  const { htm, htu, iat, jti, ath } = await verifyProof(proof, request.now)
  if (htm !== request.method) throw new InvalidDpopProof('htm is not the method of this request')
  if (typeof htu !== 'string' || !isSameAddress(htu, request.url))
    throw new InvalidDpopProof('htu is not the address of this request')
  if (typeof iat !== 'number' || Math.abs(request.now / 1000 - iat) > FRESHNESS_SECONDS)
    throw new InvalidDpopProof('iat is not recent')
  if (typeof jti !== 'string' || jti === '' || jti.length > 500)
    throw new InvalidDpopProof('jti is missing or too long')
  if (ath !== createHash('sha256').update(request.token).digest('base64url'))
    throw new InvalidDpopProof('ath is not of this token')
  // A row holds whole milliseconds, and `iat` may have a fraction (RFC 7519 section 2). Up, so that no proof outlives its row.
  const until = Math.ceil((iat + FRESHNESS_SECONDS) * 1000) + 1
  if (!(await tryTakeProof(store, `dpop ${request.jkt} ${jti}`, until, request.now)))
    throw new InvalidDpopProof('the proof was used before')
}

const verifyProof = async (proof: string, now: number): Promise<JWTPayload> => {
  try {
    const { payload } = await jwtVerify(proof, EmbeddedJWK, {
      algorithms: [...DPOP_ALGORITHMS],
      typ: 'dpop+jwt',
      currentDate: new Date(now),
    })
    return payload
  } catch (cause) {
    throw new InvalidDpopProof('the proof is not a signed JWT of type dpop+jwt', { cause })
  }
}

/** Compares addresses after normalization (RFC 9449 section 4.3), without query and fragment. */
const isSameAddress = (htu: string, url: string): boolean => {
  const claimed = parseAddress(htu, { longest: LONGEST_PROOF })
  if (!claimed) return false
  claimed.search = ''
  claimed.hash = ''
  return claimed.href === parseAddress(url, { longest: LONGEST_PROOF })?.href
}

/** Returns the RFC 7638 thumbprint of the key in a proof's header; `undefined` without one. Does not verify the proof. */
export const keyOfProof = async (proof: string): Promise<string | undefined> => {
  if (proof === '') return undefined
  try {
    const { jwk } = decodeProtectedHeader(proof)
    return jwk && (await calculateJwkThumbprint(jwk as JWK))
  } catch {
    return undefined
  }
}

/** The engine's model for a `jti` that was presented. */
export const PROOF = 'ReplayDetection'

/**
 * Stores a `jti` until its proof has expired. If several requests present it at once, only one succeeds.
 *
 * @throws AlreadyTaken when it was used before.
 */
export const takeProof = async (trx: Db, row: Insertable<OauthRecordTable>, now: number): Promise<void> => {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('oauth_record')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['model', 'id']).doUpdateSet(row).where('oauth_record.expires_at', '<=', now),
    )
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) throw new AlreadyTaken(row.model)
}

/** Stores a `jti` outside the engine, in a transaction of its own; returns false if it was used before. */
const tryTakeProof = async (store: Store, value: string, until: number, now: number): Promise<boolean> => {
  const row = { model: PROOF, id: storedId(value), payload: '{}', expires_at: until }
  try {
    await store.write((trx) => takeProof(trx, row, now))
    return true
  } catch (error) {
    if (error instanceof AlreadyTaken) return false
    throw error
  }
}
