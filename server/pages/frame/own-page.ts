import { readableName } from '../../../values/readable-name.ts'
import type { Organization } from '../../config.ts'
import type { Locale } from './locale.ts'

/** The input of every page for a person who signed in at the organization itself. */
export interface OwnPage {
  organization: Organization
  locale: Locale
  person: string
  formToken: string
  now: number
}

/** What the layout shows on every page of a signed-in person. */
export const signedInFrame = ({
  organization,
  locale,
  person,
}: Pick<OwnPage, 'organization' | 'locale' | 'person'>) => ({
  organization,
  locale,
  aside: `${locale.words.signedInAs} ${person}`,
})

/**
 * Makes an application's name safe to show. Its registrant chose the name, so it cannot reverse the text around it (Unicode's
 * isolates contain remaining bidirectional characters). Every name that may be registered is shown whole, because names are compared
 * whole: two that differ at the end would look the same.
 */
export const applicationName = (name: string): string => {
  const line = readableName(name)
  return /^[\p{Script=Latin}\p{Script=Common}]*$/u.test(line) ? line : `\u2068${line}\u2069`
}
