import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { BEFORE, checkOutBefore } from '../../bench/before/check-out-before.ts'

let folder = ''
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a clone without the version that `before` measures is told how to get it', async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-shallow-'))
  execFileSync('git', ['init', '-q', folder])
  const tree = join(folder, 'before')
  expect(() => checkOutBefore(folder, tree)).toThrow(
    `This clone lacks the version that \`before\` measures, ${BEFORE}. Get the whole history with: git fetch --unshallow`,
  )
  expect(existsSync(tree)).toBe(false)
})
