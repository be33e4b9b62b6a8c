import { hash as digest } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import { canonicalJson } from './canonical-json.ts'
import { leafHash } from './tree.ts'

/** An entry as far as its leaf goes. */
export interface Entry {
  /** The AuditEvent, as the FHIR API serves it. */
  readonly json: string
  /** 16 bytes; `null` when what is personal was erased, so that the event holds digests already. */
  readonly salt: Uint8Array | null
  /** Which entry about its patient it is, from 1; `null` in one about no patient. */
  readonly count: number | null
}

/** The hash of an entry in the tree: over all that it says, but over a digest of each value that can be erased. */
export const hashOfEntry = (entry: Entry): Buffer => leafHash(recordOf(entry))

/** docs/access-log.md, "Entry and leaf". */
export const recordOf = ({ json, salt, count }: Entry): string => {
  const event = JSON.parse(json) as AuditEvent
  const redacted = canonicalJson(salt === null ? event : redact(event, salt))
  return count === null ? `{"event":${redacted}}` : `{"count":${count},"event":${redacted}}`
}

/** Replaces, in the event given, what is personal and what was asked by digests that only the salt can match. */
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

/** Ten values of an entry are hashed: without a new buffer for each. */
const salted = Buffer.alloc(16_384)

const digestOf = (salt: Uint8Array, path: string, value: string): string => {
  const text = `${path}\0${value}`
  const bytes = Buffer.byteLength(text) + salt.length
  const input = bytes <= salted.length ? salted.subarray(0, bytes) : Buffer.alloc(bytes)
  input.set(salt)
  input.write(text, salt.length)
  return `sha256:${digest('sha256', input, 'base64url')}`
}
