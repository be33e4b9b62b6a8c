import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'
import { type Counts, describeFailure } from './test-reports.ts'

/** Writes the counts of each project of vitest. Its own JSON does not say which project a file was run in, and five share theirs. */
export const countsReporter = (path: string): Reporter => ({
  onTestRunEnd: (modules) => {
    const projects = Object.entries(Object.groupBy(modules, ({ project }) => project.name))
    const counts = projects.map(([name, own = []]) => [name, countTests(own)])
    writeFileSync(path, JSON.stringify(Object.fromEntries(counts)))
  },
})

/** A skipped test has failed. A file that could not be loaded is one failure. */
const countTests = (modules: readonly TestModule[]): Counts => {
  const tests = modules.flatMap(({ children, moduleId }) =>
    [...children.allTests()].map((test) => ({ test, file: moduleId, result: test.result() })),
  )
  const failed = tests.filter(({ result }) => result.state !== 'passed')
  const broken = modules.filter(
    (module) => module.state() === 'failed' && module.children.allTests('failed').next().done,
  )
  return {
    passed: tests.length - failed.length,
    failed: failed.length + broken.length,
    failures: [
      ...failed.map(({ test, file, result }) => describeFailure(file, test.fullName, messageOf(result))),
      ...broken.map((module) =>
        describeFailure(module.moduleId, 'outside its tests', messageOf(errorsOf(module))),
      ),
    ],
  }
}

/** Those of its hooks too. */
const errorsOf = (module: TestModule) => ({
  errors: [...module.errors(), ...[...module.children.allSuites()].flatMap((suite) => suite.errors())],
})

const messageOf = ({ errors }: { errors?: ReadonlyArray<{ stack?: string; message: string }> | undefined }) =>
  errors?.[0]?.stack ?? errors?.[0]?.message
