import { isObject, type Json, text, words } from '../../fhir/resource.ts'
import { type Bytes, toBase64Url } from './base64.ts'
import { canonicalJson } from './canonical-json.ts'
import { hashLeaf, sha256 } from './log-tree.ts'

/** What says nothing of a person, in an object: these members, and what is named for members inside. Every other text is personal. */
interface Impersonal {
  members: readonly string[]
  inside?: Record<string, Impersonal>
}

/** Of an entry: its codes, id and time, and the organization that keeps the log. */
const impersonal: Impersonal = {
  members: [
    ...['action', 'id', 'outcome', 'period', 'recorded', 'resourceType', 'source', 'subtype', 'type'],
  ],
  inside: {
    agent: { members: ['type'], inside: { network: { members: ['type'] } } },
    entity: { members: ['role', 'type'], inside: { detail: { members: ['type'] } } },
  },
}

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

const isErased = (event: Json): boolean => personalTexts(event).every(isErasedValue)

/** Whether a value of the entry was erased. It then has no signature any more. */
export const hasErasedValue = (event: Json): boolean => personalTexts(event).some(isErasedValue)

/** Whether the entry had personal values and all of them were erased. */
export const wasErased = (event: Json): boolean => isErased(event) && personalTexts(event).length > 0

const nothing: Impersonal = { members: [] }

const personalTexts = (value: unknown, kept = impersonal): string[] => {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap((item) => personalTexts(item, kept))
  return isObject(value)
    ? Object.entries(value).flatMap(([name, member]) =>
        kept.members.includes(name) ? [] : personalTexts(member, insideOf(kept, name)),
      )
    : []
}

const insideOf = ({ inside = {} }: Impersonal, name: string): Impersonal =>
  (Object.hasOwn(inside, name) && inside[name]) || nothing

const redact = async (
  value: unknown,
  salt: Bytes,
  path: readonly string[] = [],
  kept = impersonal,
): Promise<unknown> => {
  if (typeof value === 'string') return saltedHash(salt, path.join('.'), value)
  if (Array.isArray(value))
    return Promise.all(value.map((item, index) => redact(item, salt, [...path, String(index)], kept)))
  if (!isObject(value)) return value
  const members = Object.entries(value).map(async ([name, member]) => [
    name,
    kept.members.includes(name) ? member : await redact(member, salt, [...path, name], insideOf(kept, name)),
  ])
  return Object.fromEntries(await Promise.all(members))
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
