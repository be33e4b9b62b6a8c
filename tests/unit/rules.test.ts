import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readRules } from '../mutation/read-rules.ts'
import { rulesPage } from '../mutation/rules-page.ts'

const subjects = await readRules()
const rules = subjects.flatMap((subject) => subject.rules)

/** The texts of the files with this path, whatever their extension. */
const textsAt = async (path: string): Promise<string[]> => {
  const files = await readdir(dirname(path)).catch(() => [])
  const named = files.filter((file) => basename(file, extname(file)) === basename(path))
  return Promise.all(named.map((file) => readFile(join(dirname(path), file), 'utf8')))
}

/** Whether the file exists, and the name after `#` occurs in it. */
const exists = async (place: string): Promise<boolean> => {
  const [path = '', name] = place.split('#')
  const texts = await textsAt(path)
  return texts.some((text) => name === undefined || text.match(/[\w$]+/g)?.includes(name))
}

describe('the rules in tests/rules', () => {
  test('are those of docs/rules.md: `npm run rules` writes it', async () => {
    expect(await readFile('docs/rules.md', 'utf8')).toBe(rulesPage(subjects))
  })

  test('stand in files that exist, under names that occur there', async () => {
    const missing: string[] = []
    for (const { rule, at } of rules) {
      if (at.length === 0) missing.push(`${rule}: nowhere`)
      for (const place of at) if (!(await exists(place))) missing.push(`${rule}: ${place}`)
    }
    expect(missing).toEqual([])
  })

  test('each have a mutant, or say why not and which tests show them', () => {
    const unshown = rules.filter(({ mutants, why, tests = [] }) =>
      mutants.length > 0 ? why || tests.length > 0 : !why || tests.length === 0 || !tests.every(existsSync),
    )
    expect(unshown.map(({ rule }) => rule)).toEqual([])
  })

  test('are told apart by their sentences', () => {
    const sentences = rules.map(({ rule }) => rule.toLowerCase())
    expect(sentences.filter((sentence, index) => sentences.indexOf(sentence) !== index)).toEqual([])
  })
})
