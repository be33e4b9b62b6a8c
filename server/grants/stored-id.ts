import { createHash } from 'node:crypto'

/**
 * Returns the name under which a secret value (code, token, session, interaction) is stored. It is a hash, so that a copy of the
 * database holds nothing that could be presented.
 */
export const storedId = (value: string): string => createHash('sha256').update(value).digest('base64url')

/** Returns the name of a token in the access log: long enough to tell tokens apart, too short to be used as one. */
export const tokenRef = (id: string): string => id.slice(0, 16)

/**
 * Another request used this code, token, proof or decision first. The commit throws it, because the engine's `consume()` cannot
 * report it.
 */
export class AlreadyTaken extends Error {
  readonly code = 'already-taken'
  /** The engine's model of it; `ReplayDetection` is a proof's `jti`, `Interaction` an authorization. */
  readonly model: string
  constructor(model: string) {
    super('Another request has already used this code, token, proof or decision.')
    this.model = model
  }
}
