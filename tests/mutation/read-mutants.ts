import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Mutant } from './mutant.ts'

const LISTS = 'tests/mutation/mutants'

/** A mutant with the name under which it is selected: its list and its rule. */
export interface NamedMutant extends Mutant {
  readonly name: string
}

/** Reads the mutants of all lists. @throws Error when a list cannot be loaded. */
export const readMutants = async (): Promise<NamedMutant[]> => {
  const files = (await readdir(LISTS)).filter((file) => file.endsWith('.ts')).sort()
  const lists = await Promise.all(
    files.map(async (file) => {
      const list = await import(pathToFileURL(join(process.cwd(), LISTS, file)).href)
      return (list.mutants as readonly Mutant[]).map((mutant) => ({
        ...mutant,
        name: `${basename(file, '.ts')}: ${mutant.rule}`,
      }))
    }),
  )
  return lists.flat()
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
