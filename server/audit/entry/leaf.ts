import { hash as digest } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import { leafHash } from '../tree/tree.ts'
import { canonicalJson } from './canonical-json.ts'
import { replacePersonal } from './personal-texts.ts'
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
