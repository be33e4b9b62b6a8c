import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, SignJWT } from 'jose'
import { parseAddress, requireUrl } from '../../../values/parse-address.ts'
import type { Clock, FhirAuthentication } from '../../config.ts'
import { OperatorError } from '../../errors.ts'
import { FhirError, upstreamWrong } from '../../fhir-error.ts'
import { readSecret } from '../../files/read-secret.ts'
import { isObject, type Json } from '../../query/json-path.ts'
import { WrongAnswer } from './cut-json.ts'
import { parseShort } from './parse-short.ts'
import { openExchanges, type Report, type UpstreamAnswer } from './send.ts'

/** A private key that signs client assertions, by one of the algorithms that SMART App Launch 2.2, section 4.2.1, names. */
interface SigningKey {
  readonly key: KeyObject
  readonly kid: string
  readonly algorithm: 'ES384' | 'RS384'
}

/**
 * Reads a private key, as a JWK or as PKCS#8 PEM. A key without a `kid` is named by its thumbprint (RFC 7638).
 *
 * @throws Error with a sentence for the operator, which quotes nothing of the file, when the key cannot be used.
 */
const readSigningKey = async (file: string): Promise<SigningKey> => {
  const text = await readSecret(file)
  const { key, kid } = parseKey(text, file)
  const algorithm = algorithmOf(key)
  if (!algorithm)
    throw new Error(
      `The key in ${file} cannot sign: SMART takes an EC key on P-384, or RSA of 2048 bits or more.`,
    )
  const publicHalf = createPublicKey(key as unknown as Parameters<typeof createPublicKey>[0]).export({
    format: 'jwk',
  })
  return { key, kid: kid ?? (await calculateJwkThumbprint(publicHalf)), algorithm }
}

const parseKey = (text: string, file: string): { key: KeyObject; kid?: string } => {
  try {
    if (!text.startsWith('{')) return { key: createPrivateKey(text) }
    const jwk: unknown = JSON.parse(text)
    if (!isObject(jwk)) throw new Error()
    const key = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' })
    return { key, ...(typeof jwk.kid === 'string' && { kid: jwk.kid }) }
  } catch {
    // The parser's own message may quote the key.
    throw new Error(`${file} does not hold a private key as a JWK or as PKCS#8 PEM.`)
  }
}

const algorithmOf = ({
  asymmetricKeyType,
  asymmetricKeyDetails = {},
}: KeyObject): SigningKey['algorithm'] | undefined => {
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails.namedCurve === 'secp384r1') return 'ES384'
  if (asymmetricKeyType === 'rsa' && (asymmetricKeyDetails.modulusLength ?? 0) >= 2048) return 'RS384'
  return undefined
}

/** How Carekey authenticates itself to the FHIR server upstream. The credential is sent only to the base's own origin. */
export interface Credential {
  /** Returns the `Authorization` header, or `undefined` if there is none. @throws FhirError when none can be obtained. */
  current(): Promise<string | undefined>
  /** Returns a header to try once more after this one was refused; the same one if there is no other. @throws as `current` */
  renew(refusedHeader: string | undefined): Promise<string | undefined>
}

/** The cause of an error: the credential is refused, or its file cannot be read. */
export class CredentialRefused extends OperatorError {}

export interface CredentialDeps {
  readonly base: string
  readonly clock: Clock
  readonly report: Report
}

/** RFC 6750, section 2.1. */
export const TOKEN = /^[\w\-.~+/]{1,8000}=*$/

/** Everything that may be read here; the upstream server may grant less. */
const SCOPE = 'system/*.rs'
const ASSERTION_SECONDS = 120
/** The longest wait for a document or a token, in milliseconds. */
const TIMEOUT = 4_000
/** How long before its end a token is renewed, so that no request arrives with an expired one. */
const MARGIN = 30_000
/** Milliseconds after a renewal, successful or not, before the next one, so that no caller can keep the token endpoint busy. */
const REST = 5_000
/** Used if the answer does not state how long a token is valid. SMART requires that, and recommends this value. */
const USUAL_SECONDS = 300

interface Token {
  readonly header: string
  /** By the server's clock. */
  readonly renewAt: number
}

/** The last renewal. Its result counts while it is under way, and for `REST` after that. */
interface Renewal {
  readonly result: Promise<Token>
  endedAt?: number
}

/**
 * Authenticates by SMART Backend Services (SMART App Launch 2.2, section 4.3): an assertion, signed with the operator's key,
 * obtains a token that is valid for some minutes. The token is kept in memory; concurrent requests share one renewal.
 *
 * @throws Error with a sentence for the operator when the key cannot be used.
 */
export const backendCredential = async (
  { clientId, keyFile }: FhirAuthentication & { kind: 'smart-backend' },
  { base, clock, report }: CredentialDeps,
): Promise<Credential> => {
  // Fails at the start if the key cannot be used.
  await readSigningKey(keyFile)
  let token: Token | undefined
  let last: Renewal | undefined

  const obtain = async (): Promise<Token> => {
    const now = clock()
    const key = await readSigningKey(keyFile).catch(({ message }: Error) => {
      throw new CredentialRefused(message)
    })
    const endpoint = tokenEndpointOf(await ask(report, `${base}/.well-known/smart-configuration`), base)
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: SCOPE,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signAssertion(key, clientId, endpoint, now),
    })
    return readToken(await ask(report, endpoint, form), now)
  }
  const tryToObtain = async (): Promise<Token> => {
    try {
      token = await obtain()
      return token
    } catch (error) {
      report('the FHIR server upstream gave no token', { reason: (error as Error).message })
      throw error instanceof FhirError ? error : Object.assign(upstreamWrong(), { cause: error })
    }
  }
  const renew = (): Promise<Token> => {
    if (last && (last.endedAt === undefined || clock() - last.endedAt < REST)) return last.result
    const renewal: Renewal = {
      result: tryToObtain().finally(() => {
        renewal.endedAt = clock()
      }),
    }
    last = renewal
    return renewal.result
  }
  return {
    current: async () => (token && clock() < token.renewAt ? token : await renew()).header,
    renew: async (refusedHeader) => (token && token.header !== refusedHeader ? token : await renew()).header,
  }
}

/** Renewals are minutes apart, so no connection is kept. */
const ask = async (report: Report, address: string, form?: URLSearchParams): Promise<UpstreamAnswer> => {
  const { origin, pathname, search } = requireUrl(address)
  const exchanges = openExchanges(origin, report)
  try {
    const signal = AbortSignal.timeout(TIMEOUT)
    return await exchanges.exchange({
      method: form ? 'POST' : 'GET',
      path: `${pathname}${search}`,
      form,
      signal,
    })
  } finally {
    await exchanges.close()
  }
}

/**
 * Returns `token_endpoint` exactly as it is written, because it is the assertion's audience. It may lie at another origin, but
 * must be as well protected as the base.
 */
const tokenEndpointOf = (answer: UpstreamAnswer, base: string): string => {
  const { token_endpoint: text } = objectIn(answer)
  const url = typeof text === 'string' ? parseAddress(text) : null
  const isProtected = url?.protocol === 'https:' || (url?.protocol === 'http:' && base.startsWith('http:'))
  if (typeof text !== 'string' || !isProtected)
    throw new WrongAnswer('its SMART configuration names no token_endpoint')
  return text
}

const readToken = (answer: UpstreamAnswer, now: number): Token => {
  const { access_token: token, token_type: type, expires_in: seconds } = objectIn(answer)
  if (typeof token !== 'string' || !TOKEN.test(token) || String(type).toLowerCase() !== 'bearer')
    throw new WrongAnswer('its token endpoint gave no bearer token')
  const lifetime = 1_000 * (typeof seconds === 'number' && seconds > 0 ? seconds : USUAL_SECONDS)
  return {
    header: `Bearer ${token}`,
    renewAt: now + lifetime - Math.min(MARGIN, lifetime / 2),
  }
}

/** RFC 6749, sections 4.1.2.1 and 5.2. */
const OAUTH_ERRORS: readonly unknown[] = [
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'invalid_scope', 'unauthorized_client'],
  ...['unsupported_grant_type', 'access_denied', 'server_error', 'temporarily_unavailable'],
]

/** @throws CredentialRefused, WrongAnswer when it is not a success. Names the OAuth error, if it is one of the standard's. */
const objectIn = ({ status, text }: UpstreamAnswer): Json => {
  const value = parseShort(text)
  if (status === 200 && value) return value
  const error = OAUTH_ERRORS.includes(value?.error) ? ` ${value?.error}` : ''
  const isRefused = status === 401 || status === 403 || (status === 400 && error !== '')
  throw new (isRefused ? CredentialRefused : WrongAnswer)(`it answered ${status}${error}`)
}

const signAssertion = (
  { key, kid, algorithm }: SigningKey,
  clientId: string,
  audience: string,
  now: number,
): Promise<string> =>
  new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setIssuedAt(Math.floor(now / 1000))
    .setExpirationTime(Math.floor(now / 1000) + ASSERTION_SECONDS)
    .sign(key)
