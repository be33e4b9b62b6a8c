import { readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly note?: string
}

/** Counts a step that reports nothing of its own as one failed check. */
export const failure = (note: string): Counts => ({ passed: 0, failed: 1, note })

interface VitestReport {
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[]
}

interface PlaywrightSuite {
  specs?: { tests: { projectName: string; status: string }[] }[]
  suites?: PlaywrightSuite[]
}

const readReport = <T>(path: string): T | undefined => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch {
    return undefined
  }
}

/** Returns the project of a test file, for `tests/unit/…` as for `tests/boundaries.test.ts`. */
const projectOf = (file: string) => relative('tests', file).split(sep)[0]?.replace('.test.ts', '')

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

const withEmptyAsFailure = (counts: Counts): Counts =>
  counts.passed + counts.failed === 0 ? failure('no test was run') : counts

/** Counts tests by project, from vitest's JSON report. A file that could not be loaded is one failure. */
export const vitestCounts = (path: string, projects: readonly string[], problem: string | undefined) => {
  const files = readReport<VitestReport>(path)?.testResults ?? []
  const count = (project: string): Counts => {
    const own = files.filter(({ name }) => projectOf(name) === project.replace('-postgres', ''))
    const statuses = own.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status))
    const broken = own.filter(
      (file) => file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'),
    )
    return withEmptyAsFailure({
      passed: statuses.filter((status) => status === 'passed').length,
      failed: statuses.filter((status) => status !== 'passed').length + broken.length,
    })
  }
  return perProject(projects, count, problem)
}

/** Counts tests by project, from Playwright's JSON report. */
export const playwrightCounts = (path: string, projects: readonly string[], problem: string | undefined) => {
  const flatten = (suite: PlaywrightSuite): { projectName: string; status: string }[] => [
    ...(suite.specs ?? []).flatMap((spec) => spec.tests),
    ...(suite.suites ?? []).flatMap(flatten),
  ]
  const tests = flatten(readReport<PlaywrightSuite>(path) ?? {})
  const count = (project: string): Counts => {
    const own = tests.filter(({ projectName }) => projectName === project)
    const passed = own.filter(({ status }) => status === 'expected').length
    return withEmptyAsFailure({ passed, failed: own.length - passed })
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
