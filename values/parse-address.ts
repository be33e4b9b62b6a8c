/** The most characters of an address, where its use names no other number. */
export const LONGEST_ADDRESS = 2_000

/**
 * An address whose host is written out in ASCII, without escapes: a name of 253 characters with a user, a password and a port at most.
 */
const WITH_HOST = /^(?:[a-z][a-z0-9+.-]*:)?\/\/[\w.~!$&'()*+,;=:@[\]-]{1,320}(?=[/?#]|$)/i

/** An address that takes its host from a base: `URL` reads a scheme, and two slashes of either kind, as the begin of a host. */
const WITHOUT_HOST = /^(?![a-z][a-z0-9+.-]*:|[/\\]{2})/i

/** What `URL` leaves out before it reads the rest, so that the text is not what it looks like. */
const LEFT_OUT = /^\s|\p{Cc}/u

/**
 * Parses an address that somebody else wrote; null unless its host is short and plain ASCII. `URL` takes quadratic time for a host of
 * many different letters outside ASCII, 100 ms for 15 kB, and one answer or request holds hundreds of addresses. Every address is
 * parsed here, except where a person types one.
 *
 * @param base completes a relative address.
 * @param longest in characters.
 */
export const parseAddress = (
  text: string,
  { base, longest = LONGEST_ADDRESS }: { readonly base?: string; readonly longest?: number } = {},
): URL | null => {
  const isPlain = WITH_HOST.test(text) || (base !== undefined && WITHOUT_HOST.test(text))
  return isPlain && text.length <= longest && !LEFT_OUT.test(text) ? URL.parse(text, base) : null
}

/** Parses an address of any length that was checked before, or is our own. @throws TypeError for any other, as `URL` does */
export const requireUrl = (text: string): URL => {
  const url = parseAddress(text, { longest: text.length })
  if (!url) throw new TypeError('It is not an address.')
  return url
}
