export type Bytes = Uint8Array<ArrayBuffer>

/**
 * Decodes base64 (RFC 4648 section 4, padded) in its canonical spelling only: `atob` accepts several spellings of the same bytes,
 * but a value that is compared as text must have one. Undefined for anything else.
 */
export const fromBase64 = (text: string): Bytes | undefined => {
  const bytes = decode(text)
  return bytes && toBase64(bytes) === text ? bytes : undefined
}

/** Decodes the URL alphabet without padding (section 5) in the same way. */
export const fromBase64Url = (text: string): Bytes | undefined => {
  const bytes = decode(text.replaceAll('-', '+').replaceAll('_', '/'))
  return bytes && toBase64Url(bytes) === text ? bytes : undefined
}

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

export const toBase64Url = (bytes: Uint8Array): string =>
  toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

const decode = (text: string): Bytes | undefined => {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
