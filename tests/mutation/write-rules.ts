/** Writes `docs/rules.md`. */
import { writeFile } from 'node:fs/promises'
import { readRules } from './read-rules.ts'
import { rulesPage } from './rules-page.ts'

await writeFile('docs/rules.md', rulesPage(await readRules()))
