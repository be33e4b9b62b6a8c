import { createHash } from 'node:crypto'
import { SCRIPT } from './layout.ts'

/** CSP Level 3, section 2.3.1: `host-source` with a scheme and without a wildcard or a path; an extension's own origin. */
const ORIGIN = /^[a-z][a-z-]*:\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/

/** The hash of the pages' own script, by which browsers run it and no other. */
const SCRIPT_HASH = `'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`

/**
 * Lets a page load only its own stylesheet, run only its own script and send only its own forms; nobody may frame it.
 *
 * @param formTargets further origins to which its forms may lead.
 * @throws TypeError for any value that is not an origin, because it could add other directives.
 */
export const contentSecurityPolicy = (...formTargets: string[]): string => {
  if (!formTargets.every((target) => ORIGIN.test(target)))
    throw new TypeError('Only an origin stands in a Content-Security-Policy.')
  return [
    "default-src 'none'",
    "style-src 'self'",
    `script-src ${SCRIPT_HASH}`,
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** Headers of every answer, pages and data alike. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy(),
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // Not `no-referrer`: with it browsers send `Origin: null` when a page sends its own form.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
}
