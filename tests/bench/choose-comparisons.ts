import type { Comparison } from './comparison.ts'

/**
 * The comparisons with these names, where the first word of a name is enough; without names all but those that run only by name.
 *
 * @throws Error for a name that none of them has.
 */
export const chooseComparisons = <C extends Pick<Comparison, 'name' | 'onlyByName'>>(
  comparisons: readonly C[],
  names: readonly string[],
): readonly C[] => {
  const subjects = [...new Set(comparisons.map(subjectOf))]
  const unknown = names.filter((name) => !subjects.includes(name))
  if (unknown.length > 0)
    throw new Error(`There is no benchmark ${unknown.join(', ')}. There are ${subjects.join(', ')}.`)
  return comparisons.filter((comparison) =>
    names.length === 0 ? !comparison.onlyByName : names.includes(subjectOf(comparison)),
  )
}

const subjectOf = ({ name }: Pick<Comparison, 'name'>): string => name.split(' ', 1)[0] ?? ''
