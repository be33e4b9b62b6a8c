import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import type { NamedMutant } from './read-mutants.ts'

/** Tests of one file, by the project of vitest that runs it and a pattern of their titles. */
type Selection = Pick<NamedMutant, 'project' | 'test' | 'title'>

export interface RunTest {
  /** With the names of its groups, because `title` is compared with that. */
  readonly name: string
  readonly passed: boolean
  /** The first line of the failure. */
  readonly message: string
}

/** A temporary copy of the project, in which rules are removed. */
export interface ProjectCopy {
  /** Writes files, by their path from the root, while `work` runs, then restores them. */
  with<T>(files: ReadonlyMap<string, string>, work: () => Promise<T>): Promise<T>
  /** The tests that ran, without skipped ones; none if the file did not load. */
  runTests(selection: Selection): Promise<RunTest[]>
  /** The compiler's messages, one line each. */
  compile(): Promise<string[]>
  remove(): Promise<void>
}

/** Folders that are generated, or too large to copy. */
const LEFT_OUT = ['node_modules', '.git', '.cache', 'artifacts', 'data', 'dist']
/** Longer than any test file takes, because a mutant may wait for ever. */
const LONGEST = 300_000

export const copyProject = async (): Promise<ProjectCopy> => {
  const root = await mkdtemp(join(tmpdir(), 'carekey-mutant-'))
  await cp('.', root, {
    recursive: true,
    filter: (path) => !LEFT_OUT.includes(relative('.', path).split(sep)[0] ?? ''),
  })
  await symlink(join(process.cwd(), 'node_modules'), join(root, 'node_modules'), 'dir')
  const output = join(root, '.cache', 'tests.json')
  await mkdir(join(root, '.cache'))

  const run = (program: string, ...args: string[]) =>
    new Promise<string>((resolve) => {
      const options = { cwd: root, timeout: LONGEST, maxBuffer: 1 << 28 }
      execFile(process.execPath, [join(root, 'node_modules', program), ...args], options, (_, out) =>
        resolve(out),
      )
    })

  return {
    with: async (files, work) => {
      const before = new Map<string, string | undefined>()
      for (const [file, text] of files) {
        before.set(file, await readFile(join(root, file), 'utf8').catch(() => undefined))
        await writeFile(join(root, file), text)
      }
      try {
        return await work()
      } finally {
        for (const [file, text] of before)
          await (text === undefined ? rm(join(root, file)) : writeFile(join(root, file), text))
      }
    },
    runTests: async ({ project, test, title }) => {
      await rm(output, { force: true })
      const filter = title === '' ? [] : ['-t', title]
      const reported = ['--reporter=json', `--outputFile=${output}`]
      await run('vitest/vitest.mjs', 'run', `--project=${project}`, test, ...filter, ...reported)
      return testsIn(await readFile(output, 'utf8').catch(() => '{}'))
    },
    compile: async () => (await run('typescript/bin/tsc', '--pretty', 'false')).split('\n'),
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

interface Report {
  testResults?: {
    assertionResults: { fullName: string; status: string; failureMessages?: string[] }[]
  }[]
}

const testsIn = (json: string): RunTest[] => {
  const { testResults = [] }: Report = JSON.parse(json)
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed' || status === 'failed')
    .map(({ fullName, status, failureMessages }) => ({
      name: fullName,
      passed: status === 'passed',
      message: failureMessages?.[0]?.split('\n')[0] ?? '',
    }))
}
