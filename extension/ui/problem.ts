import type { Problem } from '../messages/protocol.ts'
import { find, t } from './words.ts'

/** What an `ask` threw, as the worker said it. */
export const problemOf = (error: unknown): Problem => {
  const { code, details } = (error ?? {}) as Partial<Problem>
  return { code: code ?? 'unexpected', ...(details && { details }) }
}

/** What happened, and what to do. Every sentence may name `$1` the organization, `$2` the host, `$3` what was said. */
export const sentence = ({ code, details }: Problem, organization?: string): string =>
  find(
    `error_${code.replaceAll('-', '_')}`,
    details?.organization ?? organization ?? t('the_organization'),
    details?.host ?? t('this_host'),
    details?.what ?? details?.field ?? '',
  ) ?? t('error_unexpected')

/** Data can be missing in three ways; anything that is none of them is a failure. */
export type Absence = 'empty' | 'refused' | 'unreachable' | 'failed'

const ABSENCES: Record<string, Absence> = {
  refused: 'refused',
  'denied-by-person': 'refused',
  'registration-refused': 'refused',
  'not-found': 'refused',
  'signed-out': 'refused',
  'session-ended': 'refused',
  unreachable: 'unreachable',
  'too-slow': 'unreachable',
  'too-busy': 'unreachable',
  'permission-missing': 'unreachable',
  'server-failed': 'unreachable',
}

export const absenceOf = ({ code }: Problem): Absence => ABSENCES[code] ?? 'failed'
