import type { Code, Problem } from '../messages/errors.ts'
import { t, type Word } from './words.ts'

/** What an `ask` threw, as the worker said it. */
export const problemOf = (error: unknown): Problem => {
  const { code, details } = (error ?? {}) as Partial<Problem>
  return { code: code ?? 'unexpected', ...(details && { details }) }
}

type Underscored<S extends string> = S extends `${infer A}-${infer B}` ? `${A}_${Underscored<B>}` : S

/** Every code has its sentence: one that is missing from `_locales` fails here. */
const wordOf = (code: Code): Word => `error_${code.replaceAll('-', '_') as Underscored<Code>}`

/** What happened, and what to do. Every sentence may name `$1` the organization, `$2` the host, `$3` what was said. */
export const sentence = ({ code, details }: Problem, organization?: string): string =>
  t(
    wordOf(code),
    details?.organization ?? organization ?? t('the_organization'),
    details?.host ?? t('this_host'),
    details?.what ?? details?.field ?? '',
  )

/** Data can be missing in three ways; anything that is none of them is a failure. */
export type Absence = 'empty' | 'refused' | 'unreachable' | 'failed'

const ABSENCES: Partial<Record<Code, Absence>> = {
  refused: 'refused',
  'denied-by-person': 'refused',
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
}

export const absenceOf = ({ code }: Problem): Absence => ABSENCES[code] ?? 'failed'
