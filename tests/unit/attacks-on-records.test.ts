import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ATTACKS_ON_ANSWERS, ATTACKS_ON_RECORDS, REFUSED_BEFORE_SOURCE } from '../attacks/on-records.ts'

const FOLDER = 'tests/attacks'

/** The ids of attacks that read or search other people's records. */
const ON_RECORDS = /\bB(0[1-9]|[12]\d|3[0-5])\b/

test('G01 each attack on records, B01 to B35, that another FHIR server could answer runs in front of one', async () => {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.test.ts'))
  const known = [...ATTACKS_ON_RECORDS, ...REFUSED_BEFORE_SOURCE]
  const ids = new Set<string>()
  for (const file of files) {
    const found = (await readFile(join(FOLDER, file), 'utf8')).match(new RegExp(ON_RECORDS, 'g')) ?? []
    if (found.length > 0) expect(known).toContain(file.replace('.test.ts', ''))
    for (const id of found) ids.add(id)
  }
  expect(ids.size).toBe(35)
  expect(ATTACKS_ON_RECORDS).toEqual(expect.arrayContaining([...ATTACKS_ON_ANSWERS]))
})
