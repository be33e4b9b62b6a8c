import { createHmac, timingSafeEqual } from 'node:crypto'

/** Binds a form to the interaction it was shown for: the unguessable part that another site cannot send (CSRF). */
export const formToken = (key: Uint8Array, interaction: string): string =>
  createHmac('sha256', key).update(interaction).digest('base64url')

export const isFormToken = (key: Uint8Array, interaction: string, presented: unknown): boolean => {
  const expected = Buffer.from(formToken(key, interaction))
  const given = Buffer.from(typeof presented === 'string' ? presented : '')
  return given.length === expected.length && timingSafeEqual(given, expected)
}
