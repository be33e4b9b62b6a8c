import { type Bytes, fromBase64 } from './base64.ts'
import { type LogKey, readKey } from './log-checkpoint.ts'
import { areEqual } from './log-tree.ts'

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
