import type { IncomingHttpHeaders } from 'node:http'

/** Sites that a page of another site is not: this one, and none, for what a person typed and for extensions. */
const HARMLESS: readonly (string | undefined)[] = ['same-origin', 'none', undefined]

/**
 * Whether a page of another site made this request by itself: for a picture, a frame, a script (Fetch Metadata), or ahead of a click
 * (Speculation Rules, for which Chromium names no site). A person's own navigation is none. Neither is a request that says nothing of
 * all this: programs do not, and pages cannot leave it out.
 */
export const isSubresource = (headers: IncomingHttpHeaders): boolean => {
  if (headers['sec-purpose'] !== undefined) return true
  if (HARMLESS.includes(headers['sec-fetch-site'] as string | undefined)) return false
  return headers['sec-fetch-mode'] !== 'navigate' || headers['sec-fetch-dest'] !== 'document'
}
