import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { mutate, readMutants } from '../mutation/read-mutants.ts'

test('every mutant fits its file, and names a test file that exists', async () => {
  const misfits: string[] = []
  for (const mutant of await readMutants()) {
    if (!existsSync(mutant.test)) misfits.push(`${mutant.name}: there is no ${mutant.test}`)
    await mutate(mutant).catch((error: Error) => misfits.push(`${mutant.name}: ${error.message}`))
  }
  expect(misfits).toEqual([])
})
