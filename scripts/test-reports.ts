import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly note?: string
  /** Each failed test: its file and title, and below them what went wrong. */
  readonly failures?: readonly string[]
}

/** The longest message of a failed test, in characters. */
const LONGEST_MESSAGE = 1_500

/** Describes a failed test; its message is indented, and has no colours. */
export const describeFailure = (file: string, title: string, message = ''): string => {
  const plain = stripVTControlCharacters(message).trim().slice(0, LONGEST_MESSAGE)
  return [`${relative('.', file)} › ${title}`, ...(plain ? plain.split('\n') : [])].join('\n    ')
}

/** Counts a step that reports nothing of its own as one failed check. */
export const failure = (note: string): Counts => ({ passed: 0, failed: 1, note })

interface PlaywrightTest {
  projectName: string
  status: string
  results: { error?: { message?: string } }[]
}

interface PlaywrightSuite {
  specs?: { file: string; title: string; tests: PlaywrightTest[] }[]
  suites?: PlaywrightSuite[]
}

const readReport = <T>(path: string): T | undefined => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch {
    return undefined
  }
}

const perProject = (
  projects: readonly string[],
  count: (project: string) => Counts,
  problem: string | undefined,
) => {
  const counts = new Map(projects.map((project) => [project, count(project)]))
  // The runner failed although no test did. That is an error outside of all tests, which must count as a failure.
  const isUnreported = problem && [...counts.values()].every(({ failed }) => failed === 0)
  return isUnreported ? new Map([...counts, ['outside tests', failure(problem)]]) : counts
}

const NONE: Counts = { passed: 0, failed: 0 }

const withEmptyAsFailure = (counts: Counts): Counts =>
  counts.passed + counts.failed === 0 ? failure('no test was run') : counts

/** Returns the counts that `countsReporter` wrote. */
export const vitestCounts = (path: string, projects: readonly string[], problem: string | undefined) => {
  const counts = readReport<Record<string, Counts>>(path) ?? {}
  return perProject(projects, (project) => withEmptyAsFailure(counts[project] ?? NONE), problem)
}

/** Counts tests by project, from Playwright's JSON report. */
export const playwrightCounts = (path: string, projects: readonly string[], problem: string | undefined) => {
  const flatten = (suite: PlaywrightSuite): (PlaywrightTest & { file: string; title: string })[] => [
    ...(suite.specs ?? []).flatMap(({ tests, file, title }) =>
      tests.map((test) => ({ ...test, file, title })),
    ),
    ...(suite.suites ?? []).flatMap(flatten),
  ]
  const tests = flatten(readReport<PlaywrightSuite>(path) ?? {})
  const count = (project: string): Counts => {
    const own = tests.filter(({ projectName }) => projectName === project)
    const failed = own.filter(({ status }) => status !== 'expected')
    return withEmptyAsFailure({
      passed: own.length - failed.length,
      failed: failed.length,
      failures: failed.map(({ file, title, results }) =>
        describeFailure(`tests/${file}`, title, results.find(({ error }) => error)?.error?.message),
      ),
    })
  }
  return perProject(projects, count, problem)
}

/** Counts mutants in the report of `tests/mutation/run.ts`. Those that a test killed have passed. */
export const mutationCounts = (path: string, problem: string | undefined): Counts => {
  const mutants = readReport<{ killed: boolean }[]>(path) ?? []
  if (mutants.length === 0) return failure(problem ?? 'no mutant was run')
  const passed = mutants.filter(({ killed }) => killed).length
  return { passed, failed: mutants.length - passed }
}
