import { isolated, quotable } from '../../../values/quotable.ts'
import { t } from './words.ts'

/** Puts a text from outside in the quotation marks of the language. Every placeholder that stands in them is filled here. */
export const quoted = (text: string): string => t('quoted', isolated(quotable(text)))

/** Says what an organization says about its own answer. */
export const remarkWords = (organization: string, remark: string): string =>
  t('organization_says', organization, quoted(remark))
