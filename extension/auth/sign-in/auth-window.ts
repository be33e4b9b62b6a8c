import browser from 'webextension-polyfill'
import { type Code, ProblemError } from '../../messages/errors.ts'

/**
 * Opens the organization's page in the browser's auth window and returns the address at which it ends.
 *
 * @throws ProblemError `window-closed`, `flow-busy`, or `sign-in-page-failed` when a page could not be shown or had an error
 * status. Some organizations answer a refusal with such a page instead of a redirect (RFC 6749 section 4.1.2.1).
 */
export const openAuthWindow = async (url: URL): Promise<URL> => {
  try {
    return new URL(await browser.identity.launchWebAuthFlow({ url: url.href, interactive: true }))
  } catch (error) {
    throw new ProblemError(codeOf(error), { host: url.host }, error)
  }
}

// Browsers report these errors only as sentences, without codes.
const codeOf = (error: unknown): Code => {
  const message = error instanceof Error ? error.message : ''
  if (/did not approve|cancelled or denied/i.test(message)) return 'window-closed'
  if (/only one web auth flow/i.test(message)) return 'flow-busy'
  return 'sign-in-page-failed'
}
