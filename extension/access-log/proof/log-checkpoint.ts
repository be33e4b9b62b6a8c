import { type Bytes, fromBase64 } from './base64.ts'
import { areEqual, emptyRoot, sha256 } from './log-tree.ts'

/** The key of a log, as a C2SP vkey names it: `<origin>+<key id>+<base64 of 1 and the key>`. */
export interface LogKey {
  origin: string
  id: Bytes
  publicKey: Bytes
}

/** The head of a log: how many entries it holds, and the root of their tree. */
export interface Checkpoint {
  size: number
  root: Bytes
}

type CheckpointFault = 'malformed' | 'other-origin' | 'unknown-key' | 'bad-signature'

const ED25519 = 1

/** Parses a vkey; undefined unless it is an Ed25519 key whose id matches the key (C2SP signed-note). */
export const readKey = async (vkey: string): Promise<LogKey | undefined> => {
  const [, origin, hex, encoded] = /^([^\s\p{White_Space}+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(vkey) ?? []
  if (origin === undefined || hex === undefined || encoded === undefined) return undefined
  const typedKey = fromBase64(encoded)
  if (typedKey?.length !== 33 || typedKey[0] !== ED25519) return undefined
  const id = (await sha256(encoder.encode(`${origin}\n`), typedKey)).slice(0, 4)
  if (toHex(id) !== hex) return undefined
  return { origin, id, publicKey: typedKey.slice(1) }
}

/**
 * Reads a checkpoint (C2SP tlog-checkpoint) and proves that `key` signed it for `origin`. Ignores signatures by other keys, such
 * as those of witnesses.
 */
export const openCheckpoint = async (
  note: string,
  { origin, key }: { origin: string; key: LogKey },
): Promise<Checkpoint | CheckpointFault> => {
  const parts = splitNote(note)
  const checkpoint = parts && (await readBody(parts.text))
  if (!parts || !checkpoint) return 'malformed'
  if (checkpoint.origin !== origin) return 'other-origin'
  const ownSignatures = parts.signatures.filter(
    ({ name, bytes }) => name === key.origin && areEqual(bytes.subarray(0, 4), key.id),
  )
  if (key.origin !== origin || ownSignatures.length === 0) return 'unknown-key'
  const verifying = await crypto.subtle.importKey('raw', key.publicKey, 'Ed25519', false, ['verify'])
  for (const { bytes } of ownSignatures) {
    const signature = bytes.slice(4)
    const signedText = encoder.encode(parts.text)
    if (!(await crypto.subtle.verify('Ed25519', verifying, signature, signedText))) return 'bad-signature'
  }
  return { size: checkpoint.size, root: checkpoint.root }
}

const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const encoder = new TextEncoder()
const mostSignatures = 16
/** Control characters except the line feed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const controlCharacters = /[\u0000-\u0009\u000b-\u001f]/

interface Note {
  /** The signed text, with the line break at its end. */
  text: string
  signatures: { name: string; bytes: Bytes }[]
}

const splitNote = (note: string): Note | undefined => {
  const end = note.lastIndexOf('\n\n')
  if (end < 0 || !note.endsWith('\n') || !note.isWellFormed() || controlCharacters.test(note))
    return undefined
  const text = note.slice(0, end + 1)
  const lines = note.slice(end + 2, -1).split('\n')
  if (lines.length > mostSignatures) return undefined
  const signatures = lines.flatMap((line) => {
    const [, name, encoded] = /^— ([^\s\p{White_Space}+]+) (\S+)$/u.exec(line) ?? []
    const bytes = fromBase64(encoded ?? '')
    return name !== undefined && bytes && bytes.length > 4 ? { name, bytes } : []
  })
  return signatures.length === lines.length ? { text, signatures } : undefined
}

const readBody = async (text: string): Promise<(Checkpoint & { origin: string }) | undefined> => {
  const [, origin, digits, encoded] = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([^\n]+)\n$/u.exec(text) ?? []
  const size = Number(digits)
  const root = fromBase64(encoded ?? '')
  if (origin === undefined || !Number.isSafeInteger(size) || root?.length !== 32) return undefined
  if (size === 0 && !areEqual(root, await emptyRoot())) return undefined
  return { origin, size, root }
}

/**
 * A checkpoint as one line that people send each other: `checkpoint <origin> <size> <root> <signature>`, with the signature by
 * the log's own key. It holds everything that this browser relies on, so another browser can check it.
 */
interface LogLine {
  origin: string
  size: number
  line: string
}

const prefix = 'checkpoint'

/** Converts a note that was opened with `vkey` to a line; undefined if it lacks the log's own signature. */
export const toLine = async (note: string, vkey: string): Promise<LogLine | undefined> => {
  const key = await readKey(vkey)
  const [origin = '', size = '', root = '', , ...signatures] = note.split('\n')
  const ownSignature = signatures
    .map((each) => each.split(' '))
    .find(([, name, signature]) => key && name === key.origin && isBy(key, fromBase64(signature ?? '')))
  if (!ownSignature) return undefined
  return { origin, size: Number(size), line: [prefix, origin, size, root, ownSignature[2]].join(' ') }
}

const isBy = ({ id }: LogKey, signature: Bytes | undefined): boolean =>
  signature !== undefined && areEqual(signature.subarray(0, 4), id)

/**
 * Rebuilds the note that a line was made of, to be opened like any other. Any whitespace separates the parts, because messages
 * break lines; a note as `B/audit/checkpoint` returns it is accepted too. Undefined for anything else.
 */
export const readLine = (text: string): { origin: string; note: string } | undefined => {
  const words = text.trim().slice(0, longestLine).split(/\s+/)
  const [origin, size, root, ...rest] = words[0] === prefix ? words.slice(1) : words
  const signatures = rest[0] === '—' ? rest.filter((_, at) => at % 3 === 2) : rest
  const names = rest[0] === '—' ? rest.filter((_, at) => at % 3 === 1) : [origin]
  if (!origin || !size || !root || signatures.length === 0 || names.length !== signatures.length)
    return undefined
  const signatureLines = signatures.map((signature, at) => `— ${names[at]} ${signature}\n`)
  return { origin, note: `${origin}\n${size}\n${root}\n\n${signatureLines.join('')}` }
}

/** In characters: enough for a note of 16 signatures. */
const longestLine = 131_072
