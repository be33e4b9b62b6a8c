import { createPublicKey, sign, verify } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import { type AccessKind, KIND_SYSTEM } from '../../../values/access-kinds.ts'
import { canonicalJson } from '../entry/canonical-json.ts'
import { columnsOf } from '../entry/columns.ts'
import { Finding, nameOf } from '../entry/finding.ts'
import type { NoteKey } from './checkpoint.ts'

/**
 * Some entries excuse what would otherwise be a fault of the log: the operator accepted an earlier time, set the log back, or erased
 * somebody. Whoever can write the database can write such an entry too, so each is signed with the log's key, over all that it says and
 * over its place (docs/access-log.md, "Signed entries").
 */

const DETAIL = 'signature'

/**
 * Kinds of entries about the log itself: those that excuse something, and that the clock was set back. They hold nothing of anybody, so
 * no erasure takes them; only the notice of an erasure is about a person.
 */
export const LOG_KINDS = ['clock', 'erasure', 'rollback'] as const satisfies readonly AccessKind[]

/** Whether an entry, also an erased one, is about the log itself and nobody. */
export const isAboutLog = (event: AuditEvent): boolean => {
  const { subtype, patient } = columnsOf(event)
  return LOG_KINDS.some((kind) => kind === subtype) && patient === null
}

/** What an entry excuses, as a finding continues "says that"; `undefined` if it excuses nothing. */
const excuseOf = (event: AuditEvent): string | undefined => {
  const kind = event.subtype?.find(({ system }) => system === KIND_SYSTEM)?.code
  if (kind === 'rollback') return 'the operator set the log back'
  if (kind === 'erasure') return 'entries were erased'
  return acceptsClock(event) ? 'the operator accepted another time' : undefined
}

/** Whether the entry says that the operator accepted an earlier time. */
export const acceptsClock = ({ subtype = [], entity = [] }: AuditEvent): boolean =>
  subtype.some(({ system, code }) => system === KIND_SYSTEM && code === 'clock') &&
  entity.some(({ detail = [] }) =>
    detail.some(({ type, valueString }) => type === 'clock' && valueString === 'clock_accepted'),
  )

/**
 * Signs an entry.
 *
 * @param place its index in the log.
 * @returns the entry with its signature, the last detail of its last entity.
 * @throws Error when the private key is missing.
 */
export const signEvent = (event: AuditEvent, place: number, { privateKey }: NoteKey): AuditEvent => {
  if (!privateKey) throw new Error('The private key is missing, so nothing can be signed.')
  const valueString = sign(null, textOf(event, place), privateKey).toString('base64')
  const { detail = [], ...last } = event.entity?.at(-1) ?? {}
  const entity = [
    ...(event.entity ?? []).slice(0, -1),
    { detail: [...detail, { type: DETAIL, valueString }], ...last },
  ]
  return { ...event, entity }
}

/** Checks that the log's key signed the entry for this place. */
export const isSigned = (
  event: AuditEvent,
  place: number,
  { publicKey }: Pick<NoteKey, 'publicKey'>,
): boolean => {
  const { detail = [], ...last } = event.entity?.at(-1) ?? {}
  const signature = detail.at(-1)
  if (signature?.type !== DETAIL || signature.valueString === undefined) return false
  const before = detail.slice(0, -1)
  const entity = [
    ...(event.entity ?? []).slice(0, -1),
    { ...(before.length > 0 && { detail: before }), ...last },
  ]
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') }
  const bytes = Buffer.from(signature.valueString, 'base64')
  return (
    bytes.toString('base64') === signature.valueString &&
    verify(null, textOf({ ...event, entity }, place), createPublicKey({ key: jwk, format: 'jwk' }), bytes)
  )
}

const textOf = (event: AuditEvent, place: number): Buffer =>
  Buffer.from(`signed entry\n${place}\n${canonicalJson(event)}\n`)

/** The log's key, and from which place on it signs. What stands before may be signed by a key that is lost. */
export interface SigningKey {
  readonly key: NoteKey
  readonly since: number
}

/** Checks that the key signed the entry for this place. From before it signed, nobody can tell who wrote an entry. */
export const isCredible = (event: AuditEvent, place: number, { key, since }: SigningKey): boolean =>
  place < since || isSigned(event, place, key)

/**
 * Requires that an entry which excuses something was signed with the log's key for its place.
 *
 * @throws Finding
 */
export const requireSigned = (event: AuditEvent, index: number, key: SigningKey): void => {
  const excuse = excuseOf(event)
  if (excuse === undefined || isCredible(event, index, key)) return
  throw new Finding(
    'forged',
    `${nameOf({ index, id: event.id ?? null })} says that ${excuse}, but the log's key did not sign it.`,
  )
}
