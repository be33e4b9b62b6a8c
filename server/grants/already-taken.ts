/** A code, token, proof or decision that somebody else took first. The engine's `consume()` cannot report it; the commit does. */
export class AlreadyTaken extends Error {
  readonly code = 'already-taken'
  /** The engine's name for what was taken; `ReplayDetection` is a proof's `jti`, `Interaction` an authorization. */
  readonly model: string
  constructor(model: string) {
    super('This code, token, proof or decision was taken before.')
    this.model = model
  }
}
