import { randomBytes } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import { createPrivateFile, findFile, narrowFile, replacePrivateFile } from '../../store/private-file.ts'
import { ACCESS_TOKEN_SECONDS } from '../consent/windows.ts'

/** What the key file holds, as JSON. Several servers on one database have the same file. */
export interface KeyFile {
  /** The first one signs. Of those before it only the public half is kept, the newest first. */
  readonly signing: readonly [SigningKey, ...SigningKey[]]
  /** Signs the engine's cookies; base64url, as the next two. */
  readonly cookies: string
  /** Seals page links of FHIR searches. */
  readonly pages: string
  /** Binds a form to the interaction it was shown for. */
  readonly forms: string
}

export interface SigningKey {
  readonly key: JWK & { readonly kid: string }
  /** ISO 8601. */
  readonly since: string
  /** Until when it is published: whatever it signed has ended by then. Absent while it signs. */
  readonly until?: string
}

/**
 * How long a key is published after the last signature, in milliseconds: an id_token's life, and five minutes for
 * requests under way and clocks that differ.
 */
const OVERLAP = (ACCESS_TOKEN_SECONDS + 300) * 1000
/** Former keys that are listed. */
const MOST_FORMER = 20

/** New keys for everything. @param former a public key that has to stay published for a while. */
export const newKeyFile = async (now: number, former?: JWK): Promise<KeyFile> => ({
  signing: [
    await newSigningKey(now),
    ...(former ? [retired({ key: await named(publicHalf(former)), since: isoTime(0) }, now)] : []),
  ],
  cookies: newSecret(),
  pages: newSecret(),
  forms: newSecret(),
})

/** A new key signs. The one before it stays published until nothing that it signed is valid any more. */
export const rotated = async (file: KeyFile, now: number): Promise<KeyFile> => {
  const [current, ...former] = file.signing
  const before = retired({ ...current, key: publicHalf(current.key) }, now)
  return { ...file, signing: [await newSigningKey(now), before, ...former.slice(0, MOST_FORMER)] }
}

/** Keys whose signatures may still be valid, as RFC 7517 publishes them. The first one signs. */
export const publishedKeys = ({ signing }: KeyFile, now: number): JWK[] =>
  signing
    .filter(({ until }) => until === undefined || Date.parse(until) > now)
    .map(({ key }) => publicHalf(key))

/**
 * The key file, `undefined` where there is none.
 *
 * @throws PrivateFileRefused when it cannot be read.
 * @throws Error when it holds something else.
 */
export const findKeyFile = async (file: string): Promise<KeyFile | undefined> => {
  const text = await findFile(file)
  if (text === undefined) return undefined
  // What is no key file keeps its mode.
  const keys = parseKeyFile(text, file)
  await narrowFile(file)
  return keys
}

/** Makes the file. @returns false when there was one already. */
export const createKeyFile = (file: string, keys: KeyFile): Promise<boolean> =>
  createPrivateFile(file, written(keys))

export const replaceKeyFile = (file: string, keys: KeyFile): Promise<void> =>
  replacePrivateFile(file, written(keys))

const written = (keys: KeyFile): string => `${JSON.stringify(keys, null, 2)}\n`

const SECRET = /^[\w-]{43}$/

/** @throws Error when the text is something else. @param file where it came from, for the sentence. */
export const parseKeyFile = (text: string, file: string): KeyFile => {
  try {
    const keys = JSON.parse(text) as KeyFile
    if (isKeyFile(keys)) return keys
  } catch {
    // Said below, as for every other content.
  }
  throw new Error(`${file} does not hold the keys of Carekey.`)
}

const isKeyFile = ({ signing, cookies, pages, forms }: KeyFile): boolean =>
  [cookies, pages, forms].every((secret) => SECRET.test(secret)) &&
  typeof signing[0].key.d === 'string' &&
  signing.every(
    ({ key, since, until = since }) =>
      key.kty === 'RSA' &&
      typeof key.kid === 'string' &&
      !Number.isNaN(Date.parse(since) + Date.parse(until)),
  )

/** RS256: SMART App Launch 2.2, section 3.4. */
const newSigningKey = async (now: number): Promise<SigningKey> => {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return {
    key: await named({ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }),
    since: isoTime(now),
  }
}

const named = async (key: JWK): Promise<SigningKey['key']> => ({
  ...key,
  kid: await calculateJwkThumbprint(key),
})

const retired = (key: SigningKey, now: number): SigningKey => ({ ...key, until: isoTime(now + OVERLAP) })

/** An allow-list: what RFC 7518 adds to a private key one day stays private. */
const publicHalf = <T extends JWK>({ kty, n, e, alg, use, kid }: T): T => ({ kty, n, e, alg, use, kid }) as T

const newSecret = (): string => randomBytes(32).toString('base64url')

const isoTime = (time: number): string => new Date(time).toISOString()
