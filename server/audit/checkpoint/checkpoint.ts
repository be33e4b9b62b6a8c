import { createPublicKey, hash as digest, type KeyObject, sign, verify } from 'node:crypto'
import { requireUrl } from '../../../values/parse-address.ts'
import { joinSubtrees } from '../tree/tree.ts'

/** A signed head of the log: C2SP tlog-checkpoint in a C2SP signed note, Ed25519. */
export interface Checkpoint {
  /** Names the log: the organization's address without its scheme, and `/audit`. */
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
  /** The whole note, signature included. */
  readonly note: string
}

/** The key pair that signs checkpoints, or only its public half, which verifies them. */
export interface NoteKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  readonly privateKey?: KeyObject
}

export const originOf = (publicUrl: string): string => `${requireUrl(publicUrl).host}/audit`

const ED25519 = 1

/** Encodes the public key for verifiers (C2SP signed-note). */
export const verifierKey = (origin: string, { publicKey }: NoteKey): string =>
  `${origin}+${keyId(origin, publicKey).toString('hex')}+${Buffer.of(ED25519, ...publicKey).toString('base64')}`

/** Parses a key that `verifierKey` encoded; returns `undefined` if the text is no such key. */
export const parseVerifierKey = (text: string): NoteKey | undefined => {
  const [, origin = '', id, encoded = ''] =
    /^([^\s\p{White_Space}+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text) ?? []
  const bytes = readBase64(encoded)
  if (bytes?.length !== 33 || bytes[0] !== ED25519) return undefined
  const publicKey = bytes.subarray(1)
  return keyId(origin, publicKey).toString('hex') === id ? { publicKey } : undefined
}

const keyId = (origin: string, publicKey: Uint8Array): Buffer =>
  digest('sha256', Buffer.from([...Buffer.from(`${origin}\n`), ED25519, ...publicKey]), 'buffer').subarray(
    0,
    4,
  )

export const noteKeyOf = (privateKey: KeyObject): NoteKey => {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  return { privateKey, publicKey: Buffer.from(x, 'base64url') }
}

/** @throws Error when the private key is missing. */
export const signCheckpoint = (
  { origin, size, root }: Omit<Checkpoint, 'note'>,
  { privateKey, publicKey }: NoteKey,
): Checkpoint => {
  if (!privateKey) throw new Error('The private key is missing, so nothing can be signed.')
  const text = `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
  const signature = sign(null, Buffer.from(text), privateKey)
  const line = Buffer.concat([keyId(origin, publicKey), signature]).toString('base64')
  return { origin, size, root, note: `${text}\n— ${origin} ${line}\n` }
}

/** Why a note is not a checkpoint of this log. */
export class CheckpointRefused extends Error {
  readonly reason: 'malformed' | 'origin' | 'key' | 'signature'

  constructor(reason: CheckpointRefused['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

/** Parses a note without verifying its signatures. @throws CheckpointRefused */
export const parseCheckpoint = (note: string): Checkpoint => {
  const [text = '', lines] = requirePlain(note).split(/\n\n(?=(?:[^\n]+\n)+$)/)
  const [origin = '', size = '', root = '', ...more] = text.split('\n')
  const hash = readBase64(root)
  const isWhole = origin !== '' && more.length === 0 && lines !== undefined
  if (!isWhole || !/^(0|[1-9]\d*)$/.test(size) || !Number.isSafeInteger(Number(size)))
    throw malformed('It is not a checkpoint.')
  if (hash?.length !== 32 || (size === '0' && !hash.equals(joinSubtrees([]))))
    throw malformed('Its root does not fit its size.')
  readSignatures(lines)
  return { origin, size: Number(size), root: hash, note }
}

/**
 * Opens a note that this key signed. Signatures by other keys are ignored (C2SP signed-note); every signature by this key must be
 * valid.
 *
 * @param origin the required origin; any if absent.
 * @throws CheckpointRefused
 */
export const openCheckpoint = (note: string, { publicKey }: NoteKey, origin?: string): Checkpoint => {
  const checkpoint = parseCheckpoint(note)
  if (origin !== undefined && checkpoint.origin !== origin)
    throw new CheckpointRefused('origin', `It belongs to the log ${checkpoint.origin}, not to ${origin}.`)
  const id = keyId(checkpoint.origin, publicKey)
  const end = note.lastIndexOf('\n\n') + 1
  const signatures = readSignatures(note.slice(end + 1)).filter(
    ({ name, bytes }) => name === checkpoint.origin && bytes.subarray(0, 4).equals(id),
  )
  if (signatures.length === 0) throw new CheckpointRefused('key', "It is not signed with this log's key.")
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') }
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const text = Buffer.from(note.slice(0, end))
  if (!signatures.every(({ bytes }) => verify(null, text, key, bytes.subarray(4))))
    throw new CheckpointRefused('signature', 'Its signature is not valid: the text was changed.')
  return checkpoint
}

/** C2SP signed-note, "Format": UTF-8 without control characters, except the line feed. @throws CheckpointRefused */
const requirePlain = (note: string): string => {
  // SQLite keeps bytes also in a column of texts.
  if (typeof note !== 'string') throw malformed('It is not a text.')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
  if (!note.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(note))
    throw malformed('It contains characters that a note may not contain.')
  return note
}

const SIGNATURE = /^— ([^\s\p{White_Space}+]+) (\S+)$/u
/** The limit that C2SP signed-note lets a verifier set. */
const MOST_SIGNATURES = 16

const readSignatures = (lines: string): readonly { name: string; bytes: Buffer }[] => {
  const all = lines.replace(/\n$/, '').split('\n')
  if (all.length > MOST_SIGNATURES) throw malformed('It has too many signatures.')
  return all.map((line) => {
    const [, name = '', encoded = ''] = SIGNATURE.exec(line) ?? []
    const bytes = readBase64(encoded)
    if (!bytes || bytes.length <= 4) throw malformed('A line after its text is not a signature.')
    return { name, bytes }
  })
}

/** Decodes base64 (RFC 4648 section 4). Accepts only the canonical spelling, because a signature must not fit two different notes. */
const readBase64 = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

const malformed = (message: string): CheckpointRefused => new CheckpointRefused('malformed', message)
