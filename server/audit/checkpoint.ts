import { createPublicKey, hash as digest, type KeyObject, sign, verify } from 'node:crypto'

/** A signed head of the log: C2SP tlog-checkpoint in a C2SP signed note, Ed25519. */
export interface Checkpoint {
  /** Names the log: the organization's address without its scheme, and `/audit`. */
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
  /** The whole note, signature included. */
  readonly note: string
}

/** The key that signs checkpoints, or half of it that checks them. */
export interface NoteKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  readonly privateKey?: KeyObject
}

export const originOf = (publicUrl: string): string => `${new URL(publicUrl).host}/audit`

const ED25519 = 1

/** C2SP signed-note: the key, as a verifier is given it. */
export const verifierKey = (origin: string, { publicKey }: NoteKey): string =>
  `${origin}+${keyId(origin, publicKey).toString('hex')}+${Buffer.of(ED25519, ...publicKey).toString('base64')}`

/** The key in a text such as `verifierKey` makes; `undefined` where it is none. */
export const parseVerifierKey = (text: string): NoteKey | undefined => {
  const [, encoded = ''] = /^[^+\s]+\+[0-9a-f]{8}\+([A-Za-z0-9+/]{44})$/.exec(text) ?? []
  const [algorithm, ...publicKey] = Buffer.from(encoded, 'base64')
  return algorithm === ED25519 && publicKey.length === 32 ? { publicKey: Buffer.from(publicKey) } : undefined
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

/** @throws Error when the key is only the half that checks. */
export const signCheckpoint = (
  { origin, size, root }: Omit<Checkpoint, 'note'>,
  { privateKey, publicKey }: NoteKey,
): Checkpoint => {
  if (!privateKey) throw new Error('Only a private key signs.')
  const text = `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
  const signature = sign(null, Buffer.from(text), privateKey)
  const line = Buffer.concat([keyId(origin, publicKey), signature]).toString('base64')
  return { origin, size, root, note: `${text}\n— ${origin} ${line}\n` }
}

/** Why something is no checkpoint of this log. */
export class CheckpointRefused extends Error {
  readonly reason: 'malformed' | 'origin' | 'key' | 'signature'

  constructor(reason: CheckpointRefused['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

/** Reads a note, whoever signed it. @throws CheckpointRefused */
export const parseCheckpoint = (note: string): Checkpoint => {
  const [, origin = '', size = '', root = ''] =
    /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n\n(?:— [^\n]+\n)+$/.exec(note) ?? []
  if (origin === '') throw new CheckpointRefused('malformed', 'It is not a checkpoint.')
  return { origin, size: Number(size), root: Buffer.from(root, 'base64'), note }
}

/**
 * Reads a note that this key signed, for the origin that it names.
 *
 * @param origin that it has to be of, where it has to be of one.
 * @throws CheckpointRefused
 */
export const openCheckpoint = (note: string, { publicKey }: NoteKey, origin?: string): Checkpoint => {
  const checkpoint = parseCheckpoint(note)
  if (origin !== undefined && checkpoint.origin !== origin)
    throw new CheckpointRefused('origin', `It is of ${checkpoint.origin}, and this log is ${origin}.`)
  const id = keyId(checkpoint.origin, publicKey)
  const signatures = [...note.matchAll(/^— (\S+) ([A-Za-z0-9+/]+=*)$/gm)]
    .filter(([, name]) => name === checkpoint.origin)
    .map(([, , signature = '']) => Buffer.from(signature, 'base64'))
    .filter((signature) => signature.subarray(0, 4).equals(id))
  if (signatures.length === 0)
    throw new CheckpointRefused('key', 'It is signed by another key than that of this log.')
  const text = Buffer.from(note.slice(0, note.indexOf('\n\n') + 1))
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') }
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  if (!signatures.some((signature) => verify(null, text, key, signature.subarray(4))))
    throw new CheckpointRefused('signature', 'Its signature does not hold: its text was changed.')
  return checkpoint
}
