import { hash as digest } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import { canonicalJson } from './canonical-json.ts'
import { leafHash } from './tree.ts'

/** The parts of an entry that its leaf is computed from. */
interface Entry {
  /** The AuditEvent, as the FHIR API serves it. */
  readonly json: string
  /** 16 bytes; `null` when the entry was erased: its event then already contains the digests. */
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

/** Replaces personal values and searches with digests, which nobody can reproduce without the salt. Changes the event in place. */
export const redact = (event: AuditEvent, salt: Uint8Array): AuditEvent => {
  const replace = <Name extends string>(
    object: { [name in Name]?: string | undefined } | undefined,
    name: Name,
    path: string,
  ) => {
    const value = object?.[name]
    if (object && value !== undefined) object[name] = digestOf(salt, path, value)
  }
  for (const [at, { who, network }] of event.agent.entries()) {
    replace(who, 'reference', `agent.${at}.who.reference`)
    replace(who?.identifier, 'value', `agent.${at}.who.identifier.value`)
    replace(who, 'display', `agent.${at}.who.display`)
    replace(network, 'address', `agent.${at}.network.address`)
  }
  for (const [at, entity] of (event.entity ?? []).entries()) {
    replace(entity.what, 'reference', `entity.${at}.what.reference`)
    replace(entity, 'query', `entity.${at}.query`)
  }
  return event
}

/** Shared by all calls, because about ten values of each entry are hashed and allocating a buffer for each would be slow. */
const sharedInput = Buffer.alloc(16_384)

const digestOf = (salt: Uint8Array, path: string, value: string): string => {
  const text = `${path}\0${value}`
  const bytes = Buffer.byteLength(text) + salt.length
  const input = bytes <= sharedInput.length ? sharedInput.subarray(0, bytes) : Buffer.alloc(bytes)
  input.set(salt)
  input.write(text, salt.length)
  return `sha256:${digest('sha256', input, 'base64url')}`
}
