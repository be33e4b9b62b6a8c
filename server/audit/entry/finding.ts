import { StoreUnavailable } from '../../store/store.ts'

/** The first fault of the log, and its place. */
export class Finding extends Error {
  readonly kind: FindingKind

  /** @param sentence names the entry by its number in the log, from 0, and its id. */
  constructor(kind: FindingKind, sentence: string) {
    super(`${kind}: ${sentence}`)
    this.kind = kind
  }
}

type FindingKind =
  | 'unreadable'
  | 'edited'
  | 'removed'
  | 'reordered'
  | 'misdated'
  | 'inserted'
  | 'blanked'
  | 'forged'
  | 'rolled back'
  | 'forged checkpoint'

export const nameOf = ({ index, id }: { index: number; id?: string | null }): string =>
  `entry ${index} (${id ? `AuditEvent/${id}` : 'its AuditEvent is gone'})`

/**
 * Returns what was thrown while rows were read or judged as a fault of the log: whoever can write the database can write what makes a
 * check fail, and a check that fails each time would find nothing any more. Only a database that cannot be read now is none.
 *
 * @param what was read, as a finding begins.
 */
export const faultOfReading = (error: unknown, what: string): unknown => {
  if (error instanceof Finding) return error
  const isUnavailable = error instanceof StoreUnavailable
  if (isUnavailable && !error.isOfContent) return error
  const { name, code = name } = (isUnavailable ? error.cause : error) as { name?: string; code?: unknown }
  // Without the message, which may quote what stands in the row: anybody reads the finding at `B/readyz`.
  return new Finding('unreadable', `${what} cannot be read (${code}).`)
}
