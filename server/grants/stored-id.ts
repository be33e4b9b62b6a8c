import { createHash } from 'node:crypto'

/**
 * The name under which a secret value (code, token, session, interaction) is kept: a copy of the database holds nothing
 * that could be presented.
 */
export const storedId = (value: string): string => createHash('sha256').update(value).digest('base64url')

/** Names a token in the access log. Long enough to tell tokens apart, too short to be taken for one. */
export const tokenRef = (stored: string): string => stored.slice(0, 16)
