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
export const sentence = ({ code, details }: Problem, organization?: string): string => {
  const unnamed = [t('the_organization'), t('this_host')] as const
  const said = t(
    wordOf(code),
    details?.organization || organization || unnamed[0],
    details?.host ?? unnamed[1],
    details?.what ?? details?.field ?? '',
  )
  // A name that begins a sentence stays as it is written.
  return unnamed.some((words) => said.startsWith(words)) ? said.charAt(0).toUpperCase() + said.slice(1) : said
}

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
  abandoned: 'unreachable',
}

export const absenceOf = ({ code }: Problem): Absence => ABSENCES[code] ?? 'failed'
