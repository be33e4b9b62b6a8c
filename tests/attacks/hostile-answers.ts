import { ADDRESSES, type MockProvider } from '../fakes/mock-provider.ts'

/** The organization's own redirect, with another `iss`. */
export const answerAs = (mock: MockProvider, iss: string | undefined): void =>
  mock.script(ADDRESSES.authorize, async (_request, usual) => {
    const reply = Object(await usual())
    const location = new URL(reply.headers.location)
    location.searchParams.delete('iss')
    if (iss !== undefined) location.searchParams.set('iss', iss)
    return { ...reply, headers: { location: location.href } }
  })

export type Claims = Record<string, unknown>

/**
 * Its signature is not checked, because it comes straight from the token endpoint (OpenID Connect Core 3.1.3.7,
 * rule 6).
 */
export const withClaims = (token: unknown, change: Claims, header: Claims = {}): string => {
  const [head = '', body = '', signature] = String(token).split('.')
  const read = (part: string): Claims => JSON.parse(Buffer.from(part, 'base64url').toString())
  const write = (value: Claims) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${write({ ...read(head), ...header })}.${write({ ...read(body), ...change })}.${signature}`
}
