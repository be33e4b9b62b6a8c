import { type Json, object, objects } from '../../fhir/resource.ts'
import { fromBase64 } from './base64.ts'
import type { LogKey } from './log-checkpoint.ts'
import { canonicalJson } from './log-leaf.ts'

const ownKind = 'urn:carekey:access-kind'

const isOfKind = ({ subtype }: Json, kind: string): boolean =>
  objects(subtype).some(({ system, code }) => system === ownKind && code === kind)

/** Checks whether an entry of the log is an erasure. */
export const isErasure = (event: Json): boolean => isOfKind(event, 'erasure')

/**
 * Checks whether the entry says that the operator set the clock back on purpose. It is about no patient, so no patient's list has
 * it.
 */
export const saysClockAccepted = (event: Json): boolean =>
  isOfKind(event, 'clock') &&
  objects(event.entity)
    .flatMap(({ detail }) => objects(detail))
    .some((detail) => detail.valueString === 'clock_accepted')

/** Checks whether an entry excuses what would otherwise be a fault of the log. */
export const isExcuse = (event: Json): boolean =>
  isErasure(event) || isOfKind(event, 'rollback') || saysClockAccepted(event)

/**
 * Checks that the log's key signed an entry for its place: the last detail of its last entity is the signature over the rest of the
 * entry.
 */
export const isSigned = async (event: Json, place: number, { publicKey }: LogKey): Promise<boolean> => {
  const { entity, ...rest } = event
  const last = object(Array.isArray(entity) ? entity.at(-1) : undefined)
  const { detail, ...others } = last
  if (!Array.isArray(entity) || !Array.isArray(detail)) return false
  const { type, valueString } = object(detail.at(-1))
  const signature =
    type === 'signature' && typeof valueString === 'string' ? fromBase64(valueString) : undefined
  const before = detail.slice(0, -1)
  const unsigned = {
    ...rest,
    entity: [...entity.slice(0, -1), { ...others, ...(before.length > 0 && { detail: before }) }],
  }
  const text = canonicalJson(unsigned)
  if (!signature || text === undefined) return false
  const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify'])
  return crypto.subtle.verify('Ed25519', key, signature, encoder.encode(`signed entry\n${place}\n${text}\n`))
}

const encoder = new TextEncoder()
