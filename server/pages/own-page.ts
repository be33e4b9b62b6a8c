import type { Organization } from '../config.ts'
import type { Locale } from './locale.ts'

/** What every page of a person who signed in at the organization itself is given. */
export interface OwnPage {
  organization: Organization
  locale: Locale
  person: string
  formToken: string
  now: number
}

const LONGEST = 60

/**
 * An application's name as a person may be shown it: it comes from whoever registered it, so it is short, and can turn
 * no text around it (Unicode's isolates hold what bidirectional characters are left).
 */
export const applicationName = (given: string): string => {
  const text = given
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const letters = [...text]
  const short = letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join('')}…` : text
  return /^[\p{Script=Latin}\p{Script=Common}]*$/u.test(short) ? short : `\u2068${short}\u2069`
}
