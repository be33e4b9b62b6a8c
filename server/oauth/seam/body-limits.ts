/** The longest body that the engine reads, a form or JSON, in bytes. docs/architecture.md states both. */
export const LONGEST_BODY = 56 * 1024

/** The longest authorization request by POST: it has to fit into an address, and Node refuses a longer one. */
export const LONGEST_AUTHORIZATION = 12 * 1024
