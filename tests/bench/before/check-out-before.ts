import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The version before an access was made cheaper. By its hash, because tags may not travel with a clone. */
export const BEFORE = '9f20c593ab2244eb2e2fac9b59cca9027ece3c46'

const FOLDER = resolve('.cache/before')

/**
 * Returns the folder of that version: a work tree of its own, with its own packages. Makes it the first time.
 *
 * @throws Error when this clone lacks the version, or its packages could not be installed.
 */
export const checkOutBefore = (repository = '.', folder = FOLDER): string => {
  const run = (command: string, args: string[], cwd: string, stdio: 'ignore' | 'inherit') =>
    spawnSync(command, args, { cwd, stdio }).status === 0
  if (!run('git', ['cat-file', '-e', `${BEFORE}^{commit}`], repository, 'ignore'))
    throw new Error(
      `This clone lacks the version that \`before\` measures, ${BEFORE}. Get the whole history with: git fetch --unshallow`,
    )
  // `--force`: git may still remember a work tree that was deleted by hand.
  const add = ['worktree', 'add', '--force', '--detach', folder, BEFORE]
  if (!existsSync(join(folder, 'package.json')) && !run('git', add, repository, 'inherit'))
    throw new Error('The version before could not be checked out.')
  if (!run(process.execPath, ['scripts/setup.mjs'], folder, 'inherit'))
    throw new Error('The packages of the version before could not be installed.')
  return folder
}
