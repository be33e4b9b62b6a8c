import { readFile } from 'node:fs/promises'
import { COSTLY } from '../attacks/costly.ts'
import type { Mutant } from './mutant.ts'
import { readRules } from './read-rules.ts'

/** A mutant with the name under which it is selected: `subject: rule`, and a number if the rule has several. */
export interface NamedMutant extends Mutant {
  readonly name: string
  readonly project: string
}

/** Returns the project that runs a test, by its folder. */
const projectOf = (test: string): string => {
  const [, folder = '', name = ''] = test.split('/')
  return folder === 'attacks' && COSTLY.some((costly) => name === `${costly}.test.ts`)
    ? 'attacks-costly'
    : folder
}

/** Reads the mutants of all rules. @throws Error when a list cannot be loaded. */
export const readMutants = async (): Promise<NamedMutant[]> => {
  const subjects = await readRules()
  return subjects.flatMap(({ name, rules }) =>
    rules.flatMap(({ rule, mutants }) =>
      mutants.map((mutant, index) => ({
        ...mutant,
        project: mutant.project ?? projectOf(mutant.test),
        name: `${name}: ${rule}${mutants.length > 1 ? ` (${index + 1})` : ''}`,
      })),
    ),
  )
}

/** Returns the file without the rule. @throws Error that says why the mutant no longer fits the file. */
export const mutate = async ({ file, find, replace }: Mutant): Promise<string> => {
  const text = await readFile(file, 'utf8')
  const count = text.split(find).length - 1
  if (count !== 1) throw new Error(`its text occurs ${count} times in ${file}, not once`)
  if (find === replace) throw new Error('it changes nothing')
  // A function, so that `$` has no special meaning in the replacement.
  return text.replace(find, () => replace)
}
