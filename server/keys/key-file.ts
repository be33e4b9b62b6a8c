import { randomBytes } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import {
  createPrivateFile,
  findFile,
  type Narrow,
  narrowFile,
  PrivateFileRefused,
  replacePrivateFile,
} from '../files/private-file.ts'
import { ACCESS_TOKEN_SECONDS } from '../grants/windows.ts'

/** The content of the key file, as JSON. Servers that share a database have the same file. */
export interface KeyFile {
  /** The first key signs. The others are former keys, the newest first, of which only the public half is kept. */
  readonly signing: readonly [SigningKey, ...SigningKey[]]
  /** Signs the engine's cookies; base64url, like the next two. */
  readonly cookies: string
  /** Seals page links of FHIR searches. */
  readonly pages: string
  /** Binds a form to the interaction it was shown for. */
  readonly forms: string
  /**
   * Former `pages`, the newest first, while what they sealed in the database is sealed anew: only opens. Absent otherwise, so a
   * rotation that was interrupted is recognized by it.
   */
  readonly resealing?: readonly string[]
  /** The id of the key that signed when the file was lost that this one replaces. Absent if none was lost. */
  readonly replaces?: string
}

interface SigningKey {
  readonly key: JWK & { readonly kid: string }
  /** ISO 8601. */
  readonly since: string
  /** The end of its publication, when all that it signed has expired; absent while it signs. */
  readonly until?: string
}

/**
 * How long a key stays published after its last signature, in milliseconds: the lifetime of an id_token, plus five minutes
 * for running requests and differing clocks.
 */
const OVERLAP = (ACCESS_TOKEN_SECONDS + 300) * 1000
/** Former keys that a rotation keeps, besides the one that it retires. */
const MOST_FORMER = 20

/** Makes new keys for everything. */
export const newKeyFile = async (now: number): Promise<KeyFile> => ({
  signing: [await newSigningKey(now)],
  cookies: newSecret(),
  pages: newSecret(),
  forms: newSecret(),
})

/** Adds a new signing key. The previous one stays published until all that it signed has expired. */
export const addSigningKey = async (file: KeyFile, now: number): Promise<KeyFile> => {
  const [current, ...former] = file.signing
  const before = retireKey({ ...current, key: publicHalf(current.key) }, now)
  return { ...file, signing: [await newSigningKey(now), before, ...former.slice(0, MOST_FORMER)] }
}

/**
 * Replaces every key, because somebody else may have them. Nothing that the former ones signed or sealed is valid any more, except what
 * is sealed in the database until it is sealed anew (`resealing`). The ids of former signing keys stay, to recognize the database.
 */
export const replaceAllKeys = async (file: KeyFile, now: number): Promise<KeyFile> => {
  const former = file.signing.slice(0, MOST_FORMER).map(({ key, since }) => ({
    ...{ key: publicHalf(key), since, until: isoTime(now) },
  }))
  const fresh = await newKeyFile(now)
  return {
    ...fresh,
    signing: [fresh.signing[0], ...former],
    resealing: [file.pages, ...(file.resealing ?? [])],
  }
}

/** Returns the public keys whose signatures may still be valid, as a JWK set (RFC 7517). The first one signs. */
export const publishedKeys = ({ signing }: KeyFile, now: number): JWK[] =>
  signing
    .filter(({ until }) => until === undefined || Date.parse(until) > now)
    .map(({ key }) => publicHalf(key))

/**
 * Reads the key file; returns `undefined` if it does not exist.
 *
 * @param narrow removes other users' access to it.
 * @throws PrivateFileRefused when it cannot be read, or its content is not a key file.
 */
export const findKeyFile = async (
  file: string,
  narrow: Narrow = narrowFile,
): Promise<KeyFile | undefined> => {
  const text = await findFile(file)
  if (text === undefined) return undefined
  // Parse first: a file that is not a key file keeps its mode.
  const keys = parseKeyFile(text, file)
  await narrow(file)
  return keys
}

/** Whether a database belongs to this file. @param kid the id of the key that signed when the database was last used. */
export const belongsTo = ({ signing, replaces }: KeyFile, kid: string | undefined): boolean =>
  kid === undefined || replaces === kid || signing.some(({ key }) => key.kid === kid)

/** Creates the file. @returns false when it already exists. */
export const createKeyFile = (file: string, keys: KeyFile): Promise<boolean> =>
  createPrivateFile(file, serialize(keys))

export const replaceKeyFile = (file: string, keys: KeyFile): Promise<void> =>
  replacePrivateFile(file, serialize(keys))

const serialize = (keys: KeyFile): string => `${JSON.stringify(keys, null, 2)}\n`

const SECRET = /^[\w-]{43}$/

/** Parses a key file. @param file its path, for the error message. @throws PrivateFileRefused when the text is not a key file. */
export const parseKeyFile = (text: string, file: string): KeyFile => {
  try {
    const keys = JSON.parse(text) as KeyFile
    if (isKeyFile(keys)) return keys
  } catch {
    // Invalid JSON gets the same error as any other wrong content.
  }
  throw new PrivateFileRefused(
    `${file} does not contain Carekey's keys. Restore it from a backup, or copy it from another server of this organization.`,
  )
}

const isKeyFile = ({ signing, cookies, pages, forms, resealing = [] }: KeyFile): boolean =>
  [cookies, pages, forms, ...resealing].every((secret) => SECRET.test(secret)) &&
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
    key: await addKeyId({ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }),
    since: isoTime(now),
  }
}

const addKeyId = async (key: JWK): Promise<SigningKey['key']> => ({
  ...key,
  kid: await calculateJwkThumbprint(key),
})

const retireKey = (key: SigningKey, now: number): SigningKey => ({ ...key, until: isoTime(now + OVERLAP) })

/** Copies the public members by an allow-list, so that a private member of a later RFC is never published. */
const publicHalf = <T extends JWK>({ kty, n, e, alg, use, kid }: T): T => ({ kty, n, e, alg, use, kid }) as T

const newSecret = (): string => randomBytes(32).toString('base64url')

const isoTime = (time: number): string => new Date(time).toISOString()
