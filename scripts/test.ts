/**
 * Everything that must hold, or the steps named as arguments; `--sqlite` leaves PostgreSQL out. A step that fails does not stop the ones after it. The
 * last line is `N passed, N failed`; the exit status is 1 when something failed.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type BrowserName, findBrowser, installBrowsers } from './browsers.ts'
import { explain, startChild } from './child.ts'
import { installPostgres } from './postgres.ts'
import { type Counts, failure, playwrightCounts, vitestCounts } from './test-reports.ts'

interface Step {
  readonly name: string
  readonly run: () => Promise<ReadonlyMap<string, Counts>>
}

const reports = '.cache/reports'
/** Read by the tests' fixtures. */
const SQLITE_ALONE = 'CAREKEY_TEST_SQLITE'

const runNode = async (...args: string[]): Promise<string | undefined> => {
  const ending = await startChild(process.execPath, args).ended
  return ending.code === 0 ? undefined : explain(ending)
}

/** A step that is one check: its command ends with status 0 or it does not. */
const check = (name: string, ...args: string[]): Step => ({
  name,
  run: async () => {
    const problem = await runNode(...args)
    return new Map([[name, problem ? failure(problem) : { passed: 1, failed: 0 }]])
  },
})

/** The chosen projects of vitest in one run. */
const vitest = (projects: readonly string[]): Step => ({
  name: projects.join(', '),
  run: async () => {
    const wanted = !process.env[SQLITE_ALONE] && projects.some((project) => onPostgres.includes(project))
    const missing = wanted && installPostgres()
    if (missing) console.log(missing)
    const report = `${reports}/vitest.json`
    const problem = await runNode(
      'node_modules/vitest/vitest.mjs',
      'run',
      // With what follows its name: `attacks` are `attacks-postgres` too.
      ...projects.map((project) => `--project=${project}*`),
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    )
    return vitestCounts(report, projects, problem)
  },
})

/** The chosen projects of Playwright in one run; each needs its browser. */
const playwright = (projects: readonly BrowserName[]): Step => ({
  name: projects.join(', '),
  run: async () => {
    const missing = installBrowsers(projects)
    if (missing) console.log(missing)
    const possible = projects.filter((project) => findBrowser(project))
    const absent = projects.filter((project) => !possible.includes(project))
    const counts = new Map<string, Counts>(
      absent.map((project) => [project, failure('not run: the browser is missing')]),
    )
    if (possible.length === 0) return counts
    const problem = await runNode(
      'node_modules/@playwright/test/cli.js',
      'test',
      ...possible.map((project) => `--project=${project}`),
    )
    return new Map([...counts, ...playwrightCounts(`${reports}/playwright.json`, possible, problem)])
  },
})

const vitestProjects = ['unit', 'integration', 'thorough', 'attacks', 'faults', 'boundaries']
const onPostgres = ['integration', 'thorough', 'attacks', 'faults']
const browsers: BrowserName[] = ['chromium', 'firefox']
const checks = [
  check('types', 'node_modules/typescript/bin/tsc'),
  check('lint', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'),
  check('build', 'scripts/build.ts'),
  check('package', 'scripts/package.ts'),
]

const chooseSteps = (names: readonly string[]): Step[] => {
  const known = [...checks.map((it) => it.name), ...vitestProjects, ...browsers]
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new Error(`No such step: ${unknown.join(', ')}. There are ${known.join(', ')}.`)
  const isChosen = (name: string) => names.length === 0 || names.includes(name)
  const inVitest = vitestProjects.filter(isChosen)
  const inPlaywright = browsers.filter(isChosen)
  const [types, lint, ...builds] = checks.filter((it) => isChosen(it.name))
  return [
    ...[types, lint].filter((it) => it !== undefined),
    ...(inVitest.length > 0 ? [vitest(inVitest)] : []),
    ...builds,
    ...(inPlaywright.length > 0 ? [playwright(inPlaywright)] : []),
  ]
}

const main = async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { sqlite: { type: 'boolean' } },
  })
  if (values.sqlite) process.env[SQLITE_ALONE] = '1'
  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports, { recursive: true })
  const results = new Map<string, Counts>()
  for (const step of chooseSteps(positionals)) {
    const started = performance.now()
    console.log(`\n── ${step.name}`)
    for (const [name, counts] of await step.run()) results.set(name, counts)
    console.log(`   ${step.name}: ${((performance.now() - started) / 1000).toFixed(1)} s`)
  }

  console.log('\n              passed  failed')
  for (const [name, { passed, failed, note }] of results) {
    console.log(
      `${name.padEnd(12)} ${String(passed).padStart(7)} ${String(failed).padStart(7)}${note ? `  ${note}` : ''}`,
    )
  }
  const sum = (key: 'passed' | 'failed') =>
    [...results.values()].reduce((total, counts) => total + counts[key], 0)
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
  process.exitCode = sum('failed') > 0 ? 1 : 0
}

await main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
