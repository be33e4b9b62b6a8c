import type { Problem } from '../../messages/errors.ts'
import { type Extent, isWhole } from '../../messages/extent.ts'
import { type AbsenceWord, find } from './words.ts'

/** What one organization has answered so far. */
export interface SoFar {
  value?: Extent
  problem?: Problem
  pending: boolean
}

/**
 * Returns a sentence that says that something is absent; undefined unless every organization that it speaks of has just answered, and
 * its answer is whole. `t` takes no such sentence, so there is no other way to say one.
 *
 * @param answers of all organizations that the sentence speaks of.
 */
export const absent = (
  answers: readonly SoFar[],
  word: AbsenceWord,
  ...values: string[]
): string | undefined =>
  answers.length > 0 && answers.every(isReadWhole) ? find(word, ...values) : undefined

const isReadWhole = ({ value, problem, pending }: SoFar): boolean =>
  !pending && !problem && value !== undefined && !value.copyBecause && isWhole(value)
