import type { Code, Problem } from '../../messages/errors.ts'
import { t, underscored, type Word } from './words.ts'

/** Returns the problem that an `ask` threw, as the worker reported it. */
export const problemOf = (error: unknown): Problem => {
  const { code, details, inFlow } = (error ?? {}) as Partial<Problem>
  return { code: code ?? 'unexpected', ...(details && { details }), ...(inFlow && { inFlow }) }
}

/** Returns the key of a code's sentence. A code without a sentence in `_locales` is a type error here. */
const wordOf = (code: Code): Word => `error_${underscored(code)}`

/** Returns what happened and what to do. A sentence may use `$1` (organization), `$2` (host) and `$3` (a detail). */
export const sentence = ({ code, details }: Problem, organization?: string): string => {
  const placeholders = [t('the_organization'), t('this_host')] as const
  const text = t(
    wordOf(code),
    details?.organization || organization || placeholders[0],
    details?.host ?? placeholders[1],
    details?.what ?? details?.field ?? '',
  )
  // Capitalizes only a placeholder at the beginning, because a name stays as it is written.
  return placeholders.some((words) => text.startsWith(words))
    ? text.charAt(0).toUpperCase() + text.slice(1)
    : text
}

/** Why data is missing; every other problem is a failure. */
type Absence = 'empty' | 'refused' | 'unreachable' | 'failed'

const ABSENCES: Partial<Record<Code, Absence>> = {
  refused: 'refused',
  'denied-by-person': 'refused',
  'not-administrator': 'refused',
  'too-many-people': 'refused',
  'registration-refused': 'refused',
  'not-found': 'refused',
  'signed-out': 'refused',
  'provider-changed': 'refused',
  'session-ended': 'refused',
  unreachable: 'unreachable',
  'too-slow': 'unreachable',
  'too-busy': 'unreachable',
  'permission-missing': 'unreachable',
  'server-failed': 'unreachable',
  abandoned: 'unreachable',
}

export const absenceOf = ({ code }: Problem): Absence => ABSENCES[code] ?? 'failed'
