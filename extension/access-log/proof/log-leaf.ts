import { readableText } from '../../../values/readable-name.ts'
import { isObject, type Json, text } from '../../fhir/resource.ts'
import { createTurns } from '../../net/long-work.ts'
import { type Bytes, toBase64Url } from './base64.ts'
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
 * What no honest entry exceeds, erased or not; a Carekey server writes 16 kB at most. Each personal text is hashed together with
 * its path, and an organization chooses the number of texts and the names in their paths.
 */
export const entryLimits = { characters: 65_536, personalTexts: 512, path: 256 }

/**
 * Computes an entry's leaf in the log's tree from its AuditEvent. Personal values are replaced by salted hashes first, so
 * that erasing them changes no leaf and no proof: an erased entry already contains the hashes. Undefined for an entry that
 * no log can contain: without a salt but not erased, beyond a limit, or not written in canonical JSON, so that it could be read
 * in two ways.
 */
export const leafOf = async (event: Json, { text, salt, count }: LeafParts): Promise<Bytes | undefined> => {
  if (text === undefined || text.length > entryLimits.characters) return undefined
  if (text !== canonicalJson(event)) return undefined
  const redacted = salt ? await redact(event, salt) : isErased(event) ? event : undefined
  const record = canonicalJson(count === undefined ? { event: redacted } : { count, event: redacted })
  return record === undefined ? undefined : hashLeaf(encoder.encode(record))
}

const encoder = new TextEncoder()
const erasedValue = /^sha256:[\w-]{43}$/

/** Whether a value was erased from the log, so that only its salted hash is left. */
export const isErasedValue = (text: string): boolean => erasedValue.test(text)

const isErased = (event: Json): boolean => personalTexts(event).every(({ text }) => isErasedValue(text))

/** Whether a value of the entry was erased. It then has no signature any more. */
export const hasErasedValue = (event: Json): boolean =>
  personalTexts(event).some(({ text }) => isErasedValue(text))

/** Whether the entry had personal values and all of them were erased. */
export const wasErased = (event: Json): boolean => isErased(event) && personalTexts(event).length > 0

/** A text, and where in its event it stands, such as `agent.0.who.display`. */
interface PersonalText {
  text: string
  path: string
}

const personalTexts = (event: Json): PersonalText[] => {
  const texts: PersonalText[] = []
  replacePersonal(event, (text, path) => {
    texts.push({ text, path })
    return text
  })
  return texts
}

/** Returns a copy of a value in which each personal text is replaced. */
const replacePersonal = (
  value: unknown,
  replace: (text: string, path: string) => string,
  path?: string,
  kept = impersonal,
): unknown => {
  if (typeof value === 'string') return replace(value, path ?? '')
  const replaceIn = (member: unknown, name: string, keptInside: Impersonal) =>
    replacePersonal(member, replace, path === undefined ? name : `${path}.${name}`, keptInside)
  if (Array.isArray(value)) return value.map((item, index) => replaceIn(item, String(index), kept))
  if (!isObject(value)) return value
  const members = Object.entries(value).map(([name, member]) => [
    name,
    kept.members.includes(name) ? member : replaceIn(member, name, insideOf(kept, name)),
  ])
  return Object.fromEntries(members)
}

const nothing: Impersonal = { members: [] }

const insideOf = ({ inside = {} }: Impersonal, name: string): Impersonal =>
  (Object.hasOwn(inside, name) && inside[name]) || nothing

/** Replaces each personal text by its salted hash; undefined for an entry beyond a limit. */
const redact = async (event: Json, salt: Bytes): Promise<unknown> => {
  const texts = personalTexts(event)
  const isBeyond = texts.length > entryLimits.personalTexts
  if (isBeyond || texts.some(({ path }) => path.length > entryLimits.path)) return undefined
  const hashes: string[] = []
  // One after another, so that only one is in memory, and other work can run in between.
  for (const { text, path } of texts)
    hashes.push(`sha256:${toBase64Url(await sha256(salt, encoder.encode(`${path}\0${text}`)))}`)
  return replacePersonal(event, () => hashes.shift() ?? '')
}

/**
 * An entry's ID, cleaned for display, comparison and storage: at most 500 characters, none of them invisible. Empty when the
 * entry has none.
 */
export const entryIdOf = ({ id }: Json): string => readableText(text(id) ?? '').trim()

/** When the entry was recorded: a FHIR instant if the server is honest, otherwise any text of up to 500 characters, or empty. */
export const recordedOf = ({ recorded }: Json): string => text(recorded) ?? ''

/** An AuditEvent is a few levels deep; a hostile one must not overflow the stack. */
const deepest = 64

/**
 * Writes canonical JSON (RFC 8785) of the values that an entry of the log may hold: strings, booleans, whole numbers, lists and
 * objects. Undefined for a value that has no single spelling there or no place in an entry: null, fractions, numbers past 2^53,
 * lone surrogates, more than 64 levels.
 */
export const canonicalJson = (value: unknown): string | undefined => write(value, 0)

const write = (value: unknown, depth: number): string | undefined => {
  if (typeof value === 'string') return value.isWellFormed() ? JSON.stringify(value) : undefined
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return Number.isSafeInteger(value) ? JSON.stringify(value) : undefined
  if (depth === deepest) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item) => write(item, depth + 1))
    return isWhole(items) ? `[${items.join(',')}]` : undefined
  }
  if (!isObject(value)) return undefined
  // Sorted by UTF-16 code units (section 3.2.3), which is how `sort` compares.
  const members = Object.keys(value)
    .sort()
    .map((name) => {
      const [key, member] = [write(name, depth), write(value[name], depth + 1)]
      return key !== undefined && member !== undefined ? `${key}:${member}` : undefined
    })
  return isWhole(members) ? `{${members.join(',')}}` : undefined
}

const isWhole = (parts: (string | undefined)[]): parts is string[] => !parts.includes(undefined)

/** The SHA-256 (base64url) of each event's text, which is kept instead of the text, because that is personal. */
export type TextDigests = ReadonlyMap<Json, string>

/**
 * Hashes canonical JSON, as an entry is proven by. All events that have none share a digest, because none can ever be proven.
 *
 * @throws ProblemError why the signal was aborted.
 */
export const digestTexts = async (events: readonly Json[], signal?: AbortSignal): Promise<TextDigests> => {
  const digests = new Map<Json, string>()
  const giveWay = createTurns(signal)
  for (const event of events) {
    await giveWay()
    const text = new TextEncoder().encode(canonicalJson(event) ?? '')
    digests.set(event, toBase64Url(await sha256(text)))
  }
  return digests
}
