import { parseCookie, stringifySetCookie } from 'cookie'
import type { Config } from '../config.ts'

/** A cookie of the organization's own pages. Its value is random text that is kept as a hash, or proves itself. */
export interface OwnCookie {
  /** Its value among those of a `Cookie` header, where it has the form of one of ours. */
  find(header: string | undefined): string | undefined
  /** The `Set-Cookie` header; an empty value takes the cookie away. Without `maxAge`, in seconds, it ends with the browser. */
  set(value: string, maxAge?: number): string
}

/**
 * With TLS its name begins with `__Host-`: browsers take it from this very host only, for all of its paths, and a
 * neighbouring subdomain can set none of that name (RFC 6265bis, section 4.1.3.2). A cookie without the prefix is not
 * looked at there. Plain http is for this machine alone, where some browsers keep no such cookie.
 *
 * @param form what a value looks like.
 */
export const ownCookie = (
  { publicUrl }: Config,
  name: string,
  form: RegExp,
  sameSite: 'lax' | 'strict' = 'lax',
): OwnCookie => {
  const secure = publicUrl.startsWith('https:')
  const fullName = secure ? `__Host-carekey_${name}` : `carekey_${name}`
  const decode = (value: string) => (form.test(value) ? value : undefined)
  return {
    find: (header) => {
      const cookies = parseCookie(header ?? '', { decode })
      return Object.hasOwn(cookies, fullName) ? cookies[fullName] : undefined
    },
    set: (value, maxAge) =>
      stringifySetCookie({
        name: fullName,
        value,
        path: '/',
        httpOnly: true,
        secure,
        sameSite,
        ...(value === '' ? { maxAge: 0, expires: new Date(0) } : maxAge !== undefined && { maxAge }),
      }),
  }
}

/** 256 random bits in base64url, or an HMAC with SHA-256. */
export const RANDOM_VALUE = /^[\w-]{43}$/
