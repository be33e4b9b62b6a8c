import { isObject, type Json, text, words } from '../fhir/resource.ts'
import { type Bytes, toBase64Url } from './base64.ts'
import { canonicalJson } from './canonical-json.ts'
import { hashLeaf, sha256 } from './log-tree.ts'

/** Where an AuditEvent names people and machines; `*` is every place of a list. */
const personal = [
  'agent.*.who.reference',
  'agent.*.who.identifier.value',
  'agent.*.who.display',
  'agent.*.network.address',
  'entity.*.what.reference',
  'entity.*.query',
].map((path) => path.split('.'))

interface LeafParts {
  /** 16 bytes; absent for an entry whose personal values were erased. */
  salt?: Bytes
  /** Which entry about its patient this is, from 1; absent where it is about none. */
  count?: number
}

/**
 * The leaf of an entry in the log's tree, from the AuditEvent as it was shown. Personal values enter as salted hashes, so
 * that they can be erased without touching a proof: an erased entry comes with the hashes already in their place.
 * Undefined for what no log holds: an entry without a salt that is not erased, or values without a canonical spelling.
 */
export const leafOf = async (event: Json, { salt, count }: LeafParts): Promise<Bytes | undefined> => {
  const redacted = salt ? await redact(event, salt) : isErased(event) ? event : undefined
  const record = canonicalJson(count === undefined ? { event: redacted } : { count, event: redacted })
  return record === undefined ? undefined : hashLeaf(encoder.encode(record))
}

const encoder = new TextEncoder()
const erasedValue = /^sha256:[\w-]{43}$/

/** A value that was erased from the log: its salted hash stands in its place. */
export const isErasedValue = (text: string): boolean => erasedValue.test(text)

const isErased = (event: Json): boolean => valuesOf(event).every(isErasedValue)

/** Every personal value of it was erased. */
export const wasErased = (event: Json): boolean => isErased(event) && valuesOf(event).length > 0

const valuesOf = (event: Json): string[] => personal.flatMap((steps) => stringsAt(event, steps))

const stringsAt = (value: unknown, [step, ...rest]: string[]): string[] => {
  if (step === undefined) return typeof value === 'string' ? [value] : []
  if (step === '*') return Array.isArray(value) ? value.flatMap((item) => stringsAt(item, rest)) : []
  return isObject(value) && Object.hasOwn(value, step) ? stringsAt(value[step], rest) : []
}

const redact = async (event: Json, salt: Bytes): Promise<unknown> => {
  let redacted: unknown = event
  for (const steps of personal) redacted = await redactAt(redacted, { salt, steps, path: [] })
  return redacted
}

const redactAt = async (
  value: unknown,
  { salt, steps, path }: { salt: Bytes; steps: string[]; path: string[] },
): Promise<unknown> => {
  const [step, ...rest] = steps
  const inner = (found: unknown, name: string) =>
    redactAt(found, { salt, steps: rest, path: [...path, name] })
  if (step === undefined) return typeof value === 'string' ? saltedHash(salt, path.join('.'), value) : value
  if (step === '*')
    return Array.isArray(value) ? Promise.all(value.map((item, index) => inner(item, String(index)))) : value
  return isObject(value) && Object.hasOwn(value, step)
    ? { ...value, [step]: await inner(value[step], step) }
    : value
}

/** Half a surrogate pair has no bytes of its own; left as it is, the record has no canonical form and no leaf. */
const saltedHash = async (salt: Bytes, path: string, value: string): Promise<string> =>
  value.isWellFormed()
    ? `sha256:${toBase64Url(await sha256(salt, encoder.encode(`${path}\0${value}`)))}`
    : value

/**
 * The id of an entry of an access log, as it is shown, compared and kept: 500 characters at most, and nothing that nobody sees.
 * Empty where it has none.
 */
export const entryIdOf = ({ id }: Json): string => words(id) ?? ''

/** When it was recorded, a FHIR instant where it is honest; 500 characters at most, empty where it says nothing. */
export const recordedOf = ({ recorded }: Json): string => text(recorded) ?? ''
