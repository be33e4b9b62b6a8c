import { isObject, type Json, text, words } from '../fhir/resource.ts'
import { type Bytes, toBase64Url } from './base64.ts'
import { canonicalJson } from './canonical-json.ts'
import { hashLeaf, sha256 } from './log-tree.ts'

/** The paths of an AuditEvent's personal values, which name people and machines; `*` stands for every item of a list. */
const personalPaths = [
  'agent.*.who.reference',
  'agent.*.who.identifier.value',
  'agent.*.who.display',
  'agent.*.network.address',
  'entity.*.what.reference',
  'entity.*.query',
].map((path) => path.split('.'))

/** The text of each event, as the organization wrote it. */
export type EventTexts = Pick<WeakMap<Json, string>, 'get'>

interface LeafParts {
  /** The event as it was written. */
  text: string | undefined
  /** 16 bytes; absent for an entry whose personal values were erased. */
  salt?: Bytes
  /** The entry's number among those about its patient, from 1; absent when it is about no patient. */
  count?: number
}

/**
 * Computes an entry's leaf in the log's tree from its AuditEvent. Personal values are replaced by salted hashes first, so
 * that erasing them changes no leaf and no proof: an erased entry already contains the hashes. Undefined for an entry that
 * no log can contain: without a salt but not erased, or not written in canonical JSON, so that it could be read in two ways.
 */
export const leafOf = async (event: Json, { text, salt, count }: LeafParts): Promise<Bytes | undefined> => {
  if (text === undefined || text !== canonicalJson(event)) return undefined
  const redacted = salt ? await redact(event, salt) : isErased(event) ? event : undefined
  const record = canonicalJson(count === undefined ? { event: redacted } : { count, event: redacted })
  return record === undefined ? undefined : hashLeaf(encoder.encode(record))
}

const encoder = new TextEncoder()
const erasedValue = /^sha256:[\w-]{43}$/

/** Whether a value was erased from the log, so that only its salted hash is left. */
export const isErasedValue = (text: string): boolean => erasedValue.test(text)

const isErased = (event: Json): boolean => valuesOf(event).every(isErasedValue)

/** Whether the entry had personal values and all of them were erased. */
export const wasErased = (event: Json): boolean => isErased(event) && valuesOf(event).length > 0

const valuesOf = (event: Json): string[] => personalPaths.flatMap((steps) => stringsAt(event, steps))

const stringsAt = (value: unknown, [step, ...rest]: string[]): string[] => {
  if (step === undefined) return typeof value === 'string' ? [value] : []
  if (step === '*') return Array.isArray(value) ? value.flatMap((item) => stringsAt(item, rest)) : []
  return isObject(value) && Object.hasOwn(value, step) ? stringsAt(value[step], rest) : []
}

const redact = async (event: Json, salt: Bytes): Promise<unknown> => {
  let redacted: unknown = event
  for (const steps of personalPaths) redacted = await redactAt(redacted, { salt, steps, path: [] })
  return redacted
}

const redactAt = async (
  value: unknown,
  { salt, steps, path }: { salt: Bytes; steps: string[]; path: string[] },
): Promise<unknown> => {
  const [step, ...rest] = steps
  const inner = (item: unknown, name: string) => redactAt(item, { salt, steps: rest, path: [...path, name] })
  if (step === undefined) return typeof value === 'string' ? saltedHash(salt, path.join('.'), value) : value
  if (step === '*')
    return Array.isArray(value) ? Promise.all(value.map((item, index) => inner(item, String(index)))) : value
  return isObject(value) && Object.hasOwn(value, step)
    ? { ...value, [step]: await inner(value[step], step) }
    : value
}

/** A lone surrogate has no UTF-8 encoding. It is left as it is, so the entry has no canonical JSON and no leaf. */
const saltedHash = async (salt: Bytes, path: string, value: string): Promise<string> =>
  value.isWellFormed()
    ? `sha256:${toBase64Url(await sha256(salt, encoder.encode(`${path}\0${value}`)))}`
    : value

/**
 * An entry's ID, cleaned for display, comparison and storage: at most 500 characters, none of them invisible. Empty when the
 * entry has none.
 */
export const entryIdOf = ({ id }: Json): string => words(id) ?? ''

/** When the entry was recorded: a FHIR instant if the server is honest, otherwise any text of up to 500 characters, or empty. */
export const recordedOf = ({ recorded }: Json): string => text(recorded) ?? ''
