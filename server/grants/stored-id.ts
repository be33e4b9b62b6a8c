import { createHash } from 'node:crypto'

/**
 * Returns the name under which a secret value (code, token, session, interaction) is stored. It is a hash, so that a copy of the
 * database holds nothing that could be presented.
 */
export const storedId = (value: string): string => createHash('sha256').update(value).digest('base64url')

/** Returns the name of a token in the access log: long enough to tell tokens apart, too short to be taken for one. */
export const tokenRef = (stored: string): string => stored.slice(0, 16)
