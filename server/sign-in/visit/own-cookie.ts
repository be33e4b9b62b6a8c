import { createHmac, timingSafeEqual } from 'node:crypto'
import { parseCookie, stringifySetCookie } from 'cookie'
import { requireUrl } from '../../../values/parse-address.ts'
import type { Config } from '../../config.ts'

/** A cookie of the organization's own pages. Its value is random, or a list of HMACs (`begun-authorizations.ts`). */
export interface OwnCookie {
  /** Returns its value from a `Cookie` header, if the value has the expected form. */
  find(header: string | undefined): string | undefined
  /** Returns the `Set-Cookie` header; an empty value deletes the cookie. Without `maxAge` (seconds), it is a session cookie. */
  set(value: string, maxAge?: number): string
}

/**
 * Creates a cookie. With TLS its name begins with `__Host-`, so browsers accept it only from this host and for all of its
 * paths, and a neighbouring subdomain cannot set it (RFC 6265bis, section 4.1.3.2); a cookie without the prefix is ignored.
 * Plain http is for local use only and has no prefix, because some browsers store no such cookie there. The name then contains the
 * port, because browsers send the cookies of one port to all others, and each organization on this machine would replace the others'.
 *
 * @param form the pattern of a valid value.
 */
export const ownCookie = ({ publicUrl }: Config, name: string, form: RegExp): OwnCookie => {
  const { protocol, port } = requireUrl(publicUrl)
  const secure = protocol === 'https:'
  // `pages/frame/layout.ts` makes the same name in the browser.
  const fullName = `${secure ? '__Host-carekey' : `carekey${port}`}_${name}`
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
        sameSite: 'lax',
        ...(value === '' ? { maxAge: 0, expires: new Date(0) } : maxAge !== undefined && { maxAge }),
      }),
  }
}

/** 256 random bits in base64url. */
export const RANDOM_VALUE = /^[\w-]{43}$/

/** Returns a token that binds a form to its interaction. Another site cannot guess it, which prevents CSRF. */
export const formToken = (key: Uint8Array, interaction: string): string =>
  createHmac('sha256', key).update(interaction).digest('base64url')

export const isFormToken = (key: Uint8Array, interaction: string, token: unknown): boolean => {
  const expectedToken = Buffer.from(formToken(key, interaction))
  const actual = Buffer.from(typeof token === 'string' ? token : '')
  return actual.length === expectedToken.length && timingSafeEqual(actual, expectedToken)
}
