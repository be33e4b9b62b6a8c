export type Bytes = Uint8Array<ArrayBuffer>

/**
 * Reads the one spelling that encoding gives (RFC 4648 section 4, padded): `atob` takes several for the same bytes, and
 * what is compared as text must not have two. Undefined for anything else.
 */
export const fromBase64 = (text: string): Bytes | undefined => {
  const bytes = decode(text)
  return bytes && toBase64(bytes) === text ? bytes : undefined
}

/** The same for the URL alphabet without padding (section 5). */
export const fromBase64Url = (text: string): Bytes | undefined => {
  const bytes = decode(text.replaceAll('-', '+').replaceAll('_', '/'))
  return bytes && toBase64Url(bytes) === text ? bytes : undefined
}

export const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

export const toBase64Url = (bytes: Uint8Array): string =>
  toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

const decode = (text: string): Bytes | undefined => {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
