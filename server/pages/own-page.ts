import type { Organization } from '../config.ts'
import { readableName } from '../readable-name.ts'
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
  const short = readableName(given, LONGEST)
  return /^[\p{Script=Latin}\p{Script=Common}]*$/u.test(short) ? short : `\u2068${short}\u2069`
}
