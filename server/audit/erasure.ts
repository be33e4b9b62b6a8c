import { hash as digest } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import { KIND_SYSTEM } from './record.ts'

/**
 * What an entry of the kind `erasure` commits to: docs/access-log.md. It names the places of the entries that lost what
 * is personal, each hidden by a nonce of its own. So whoever sees such an entry can be shown that the log says so, and
 * learns of no other place.
 */

/** Places that one erasure commits to: bounds its size, and how long others wait for its transaction. */
export const MOST_ERASED = 100

const DETAIL = 'erased'
/** Says that the entries were erased before the log kept erasures; how and when, nobody can prove. */
const CONFIRMED = 'confirmed'

export const commitmentOf = (nonce: Uint8Array, index: number): string =>
  digest('sha256', Buffer.concat([nonce, Buffer.from(`${DETAIL}\0${index}`)]), 'base64url')

/** What the erasure says besides who and when. */
export const erasureDetails = (
  commitments: readonly string[],
  { confirmed = false } = {},
): Readonly<Record<string, string>> => ({
  [DETAIL]: commitments.join(' '),
  ...(confirmed && { how: CONFIRMED }),
})

export interface Erasure {
  readonly commitments: ReadonlySet<string>
  /** The operator confirmed it afterwards. */
  readonly confirmed: boolean
}

/** What an event erases; `undefined` where it is no erasure. */
export const erasureIn = ({ subtype, entity = [] }: AuditEvent): Erasure | undefined => {
  if (!subtype?.some(({ system, code }) => system === KIND_SYSTEM && code === 'erasure')) return undefined
  const details = entity.flatMap(({ detail = [] }) => detail)
  const find = (name: string) => details.find(({ type }) => type === name)?.valueString
  return {
    commitments: new Set(find(DETAIL)?.split(' ')),
    confirmed: find('how') === CONFIRMED,
  }
}
