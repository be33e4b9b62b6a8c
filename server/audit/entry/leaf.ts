import { hash as digest } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import { leafHash } from '../tree/tree.ts'
import { canonicalJson } from './canonical-json.ts'
import { openEvent } from './stored-event.ts'

/** The parts of an entry that its leaf is computed from. */
interface Entry {
  /** The AuditEvent, as the FHIR API serves it. */
  readonly json: string
  /** 16 bytes; `null` when the entry was erased: its event then already contains the digests. */
  readonly salt: Uint8Array | null
  /** The entry's number about its patient, from 1; `null` if it is about no patient. */
  readonly count: number | null
}

/**
 * Returns an entry's hash in the tree. It covers the whole entry, but only a digest of each value that can be erased.
 *
 * @throws NotCanonical
 */
export const hashOfEntry = (entry: Entry): Buffer => leafHash(recordOf(entry))

/** Returns the record that is hashed into the leaf (docs/access-log.md, "Entry and leaf"). @throws NotCanonical */
export const recordOf = ({ json, salt, count }: Entry): string => {
  const event = openEvent(json)
  return recordText(salt === null ? event : redact(event, salt), count)
}

/**
 * As `hashOfEntry`, of an event that `auditRecord` just built.
 *
 * @returns computes the hash with the entry's number, again if a transaction failed. Redacts the event in place, the first time.
 */
export const hasherOf = (event: AuditEvent, salt: Uint8Array) => {
  let redacted: AuditEvent | undefined
  return (count: number | null): Buffer => {
    redacted ??= redact(event, salt)
    return leafHash(recordText(redacted, count, JSON.stringify))
  }
}

const recordText = (redacted: AuditEvent, count: number | null, toText = canonicalJson): string => {
  const event = toText(redacted)
  return count === null ? `{"event":${event}}` : `{"count":${count},"event":${event}}`
}

/** Replaces personal texts with digests, which nobody can reproduce without the salt. Changes the event in place. */
export const redact = (event: AuditEvent, salt: Uint8Array): AuditEvent => {
  replacePersonal(event, (text, path) => digestOf(salt, path, text))
  return event
}

/** Shared by all calls, because about fifteen values of each entry are hashed and allocating a buffer for each would be slow. */
const sharedInput = Buffer.alloc(16_384)
/** A UTF-16 unit takes at most three bytes of UTF-8. */
const MOST_BYTES = 3

const digestOf = (salt: Uint8Array, path: string, value: string): string => {
  const text = `${path}\0${value}`
  const most = salt.length + MOST_BYTES * text.length
  const input = most <= sharedInput.length ? sharedInput : Buffer.alloc(most)
  input.set(salt)
  const length = salt.length + input.write(text, salt.length)
  return `sha256:${digest('sha256', input.subarray(0, length), 'base64url')}`
}

/** The members of an event that stay when it is erased: `true`, or which of its own members do. */
interface Kept {
  readonly [name: string]: true | Kept
}

/**
 * What says nothing of a person: the codes of an entry, its id and time, and the organization that keeps the log. Every other text may be
 * personal, also in a member that entries do not have yet, and is hidden in the leaf and gone after an erasure.
 */
const KEPT: Kept = {
  action: true,
  id: true,
  outcome: true,
  period: true,
  recorded: true,
  resourceType: true,
  source: true,
  subtype: true,
  type: true,
  agent: { network: { type: true }, type: true },
  entity: { detail: { type: true }, role: true, type: true },
}
const NOTHING: Kept = {}

/** @param path dotted, with indexes from 0: `agent.0.who.display`. @returns what stands there from now on. */
type Replace = (text: string, path: string) => string

/** Replaces each personal text of an event, in place. */
const replacePersonal = (event: AuditEvent, replace: Replace): void =>
  replaceMembers(event as object as Members, KEPT, '', replace)

interface Members {
  [name: string]: unknown
}

const replaceMembers = (object: Members, kept: Kept, path: string, replace: Replace): void => {
  for (const name in object) {
    const inner = kept[name] ?? NOTHING
    if (inner === true) continue
    const value = object[name]
    if (typeof value === 'string') object[name] = replace(value, path + name)
    else if (typeof value === 'object' && value !== null)
      replaceInside(value, inner, `${path}${name}.`, replace)
  }
}

/** An item of a list has the name of the list, and its index in the path. */
const replaceInside = (value: object, kept: Kept, path: string, replace: Replace): void => {
  if (!Array.isArray(value)) replaceMembers(value as Members, kept, path, replace)
  else
    for (let at = 0; at < value.length; at++) {
      const item: unknown = value[at]
      if (typeof item === 'string') value[at] = replace(item, path + at)
      else if (typeof item === 'object' && item !== null) replaceInside(item, kept, `${path}${at}.`, replace)
    }
}
