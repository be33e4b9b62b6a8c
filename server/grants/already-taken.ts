/**
 * A code, token, proof or decision that another request took first. The commit reports it, because the engine's `consume()`
 * cannot.
 */
export class AlreadyTaken extends Error {
  readonly code = 'already-taken'
  /** The engine's model of it; `ReplayDetection` is a proof's `jti`, `Interaction` an authorization. */
  readonly model: string
  constructor(model: string) {
    super('This code, token, proof or decision was taken before.')
    this.model = model
  }
}
