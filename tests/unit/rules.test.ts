import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const FOLDERS = ['server', 'extension', 'values', 'scripts', 'tests']

/** The words of a file without its comments, which may name what is gone. */
const wordsIn = async (file: string): Promise<string[]> => {
  const lines = (await readFile(file, 'utf8')).split('\n')
  return lines.filter((line) => !/^\s*(\/?\*|\/\/)/.test(line)).flatMap((line) => line.match(/[\w$]+/g) ?? [])
}

const sourceFiles = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true }))
    .filter((file) => /\.(tsx?|js)$/.test(file))
    .map((file) => `${folder}/${file}`)

/** The names in backticks in the column "stands in", without paths and whatever else is no name. */
const functionsIn = (row: string): string[] => {
  const [, , place = ''] = row.split(' | ')
  return [...place.matchAll(/`([A-Za-z_$][\w$]*)`/g)].map(([, name = '']) => name)
}

test('every function in which docs/rules.md says that a rule stands exists', async () => {
  const files = (await Promise.all(FOLDERS.map(sourceFiles))).flat()
  const known = new Set((await Promise.all(files.map(wordsIn))).flat())
  const rows = (await readFile('docs/rules.md', 'utf8')).split('\n').filter((line) => line.startsWith('| '))
  const named = rows.flatMap(functionsIn)
  expect(named.length).toBeGreaterThan(300)
  expect(named.filter((name) => !known.has(name))).toEqual([])
})
