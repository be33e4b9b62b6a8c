import { hash as digest } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import { KIND_SYSTEM } from './record.ts'

/**
 * An entry of the kind `erasure` commits to the places of the entries that lost their personal values (docs/access-log.md). Each
 * place is hidden by its own nonce, so a reader of an erased entry can verify its erasure without learning other places.
 */

/** Most places that one erasure commits to; bounds its size, and how long others wait for its transaction. */
export const MOST_ERASED = 100

const DETAIL = 'erased'

export const commitmentOf = (nonce: Uint8Array, index: number): string =>
  digest('sha256', Buffer.concat([nonce, Buffer.from(`${DETAIL}\0${index}`)]), 'base64url')

/** The details of an erasure's entry. */
export const erasureDetails = (commitments: readonly string[]): Readonly<Record<string, string>> => ({
  [DETAIL]: commitments.join(' '),
})

/** Returns the commitments of an erasure, or `undefined` if the event is none. */
export const commitmentsIn = ({ subtype, entity = [] }: AuditEvent): ReadonlySet<string> | undefined => {
  if (!subtype?.some(({ system, code }) => system === KIND_SYSTEM && code === 'erasure')) return undefined
  const details = entity.flatMap(({ detail = [] }) => detail)
  return new Set(details.find(({ type }) => type === DETAIL)?.valueString?.split(' '))
}
