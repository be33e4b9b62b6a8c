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
