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
/** Marks an erasure that the operator confirmed afterwards, because an older version of Carekey did not log it. */
const CONFIRMED = 'confirmed'

export const commitmentOf = (nonce: Uint8Array, index: number): string =>
  digest('sha256', Buffer.concat([nonce, Buffer.from(`${DETAIL}\0${index}`)]), 'base64url')

/** The details of an erasure's entry. */
export const erasureDetails = (
  commitments: readonly string[],
  { confirmed = false } = {},
): Readonly<Record<string, string>> => ({
  [DETAIL]: commitments.join(' '),
  ...(confirmed && { how: CONFIRMED }),
})

export interface Erasure {
  readonly commitments: ReadonlySet<string>
  /** Whether the operator only confirmed it afterwards. */
  readonly confirmed: boolean
}

/** Returns the erasure in an event, or `undefined` if it is none. */
export const erasureIn = ({ subtype, entity = [] }: AuditEvent): Erasure | undefined => {
  if (!subtype?.some(({ system, code }) => system === KIND_SYSTEM && code === 'erasure')) return undefined
  const details = entity.flatMap(({ detail = [] }) => detail)
  const find = (name: string) => details.find(({ type }) => type === name)?.valueString
  return {
    commitments: new Set(find(DETAIL)?.split(' ')),
    confirmed: find('how') === CONFIRMED,
  }
}
