import { createHmac, timingSafeEqual } from 'node:crypto'

/** Returns a token that binds a form to its interaction. Another site cannot guess it, which prevents CSRF. */
export const formToken = (key: Uint8Array, interaction: string): string =>
  createHmac('sha256', key).update(interaction).digest('base64url')

export const isFormToken = (key: Uint8Array, interaction: string, presented: unknown): boolean => {
  const expected = Buffer.from(formToken(key, interaction))
  const given = Buffer.from(typeof presented === 'string' ? presented : '')
  return given.length === expected.length && timingSafeEqual(given, expected)
}
