import { hash as digest } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import { canonicalJson } from './canonical-json.ts'
import { leafHash } from './tree.ts'

/** The parts of an entry that its leaf is made of. */
export interface Entry {
  /** The AuditEvent, as the FHIR API serves it. */
  readonly json: string
  /** 16 bytes; `null` when the entry was erased, so that its event already contains digests. */
  readonly salt: Uint8Array | null
  /** The entry's number about its patient, from 1; `null` if it is about no patient. */
  readonly count: number | null
}

/** Returns an entry's hash in the tree. It covers the whole entry, but only a digest of each value that can be erased. */
export const hashOfEntry = (entry: Entry): Buffer => leafHash(recordOf(entry))

/** Returns the record that is hashed into the leaf (docs/access-log.md, "Entry and leaf"). */
export const recordOf = ({ json, salt, count }: Entry): string => {
  const event = JSON.parse(json) as AuditEvent
  const redacted = canonicalJson(salt === null ? event : redact(event, salt))
  return count === null ? `{"event":${redacted}}` : `{"count":${count},"event":${redacted}}`
}

/** Replaces personal values and searches by digests that only the salt can match. Changes the event in place. */
export const redact = (event: AuditEvent, salt: Uint8Array): AuditEvent => {
  const hide = <Name extends string>(
    object: { [name in Name]?: string | undefined } | undefined,
    name: Name,
    path: string,
  ) => {
    const value = object?.[name]
    if (object && value !== undefined) object[name] = digestOf(salt, path, value)
  }
  for (const [at, { who, network }] of event.agent.entries()) {
    hide(who, 'reference', `agent.${at}.who.reference`)
    hide(who?.identifier, 'value', `agent.${at}.who.identifier.value`)
    hide(who, 'display', `agent.${at}.who.display`)
    hide(network, 'address', `agent.${at}.network.address`)
  }
  for (const [at, entity] of (event.entity ?? []).entries()) {
    hide(entity.what, 'reference', `entity.${at}.what.reference`)
    hide(entity, 'query', `entity.${at}.query`)
  }
  return event
}

/** One shared buffer, because about ten values of each entry are hashed. */
const salted = Buffer.alloc(16_384)

const digestOf = (salt: Uint8Array, path: string, value: string): string => {
  const text = `${path}\0${value}`
  const bytes = Buffer.byteLength(text) + salt.length
  const input = bytes <= salted.length ? salted.subarray(0, bytes) : Buffer.alloc(bytes)
  input.set(salt)
  input.write(text, salt.length)
  return `sha256:${digest('sha256', input, 'base64url')}`
}
