import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Mutant } from './mutant.ts'

const LISTS = 'tests/mutation/mutants'

/** A mutant with the name it is asked for by: its list and its rule. */
export interface NamedMutant extends Mutant {
  readonly name: string
}

/** Every mutant of every list. @throws Error when a list cannot be loaded. */
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

/** The file with the rule taken out. @throws Error that says why the mutant fits the file no longer. */
export const mutate = async ({ file, find, replace }: Mutant): Promise<string> => {
  const text = await readFile(file, 'utf8')
  const found = text.split(find).length - 1
  if (found !== 1) throw new Error(`its text occurs ${found} times in ${file}, not once`)
  if (find === replace) throw new Error('it changes nothing')
  // A function: `$` means nothing in its result.
  return text.replace(find, () => replace)
}
