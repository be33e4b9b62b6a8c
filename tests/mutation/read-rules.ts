import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Rule } from './rule.ts'

const LISTS = 'tests/rules'

/** The rules of one list. */
export interface Subject {
  /** The name of the file, without its extension. */
  readonly name: string
  readonly rules: readonly Rule[]
}

/** Reads all lists, in the order of their names. @throws Error when one cannot be loaded. */
export const readRules = async (): Promise<Subject[]> => {
  const names = (await readdir(LISTS)).map((file) => basename(file, '.ts')).sort()
  return Promise.all(
    names.map(async (name) => {
      const { rules } = await import(pathToFileURL(join(process.cwd(), LISTS, `${name}.ts`)).href)
      return { name, rules }
    }),
  )
}
