/** The parts of an error that the server writes to its output. */
export interface Fault {
  readonly name: string | undefined
  readonly code: string | undefined
  readonly frames: readonly string[]
}

/** Returns what failed and where, for the operator. Leaves out the message, which may quote the request or a record. */
export const faultOf = (error: unknown): Fault => {
  const { name, code, stack } = error as { name?: string; code?: string; stack?: string }
  return { name, code, frames: stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? [] }
}
