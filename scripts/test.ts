/**
 * Runs the steps that must pass before every change lands, with `--thorough` the slow steps instead, or the steps named as arguments.
 * `--sqlite` leaves PostgreSQL out. Tests in browsers run beside the others, because both often only wait. A step that fails does not stop
 * the next ones. The failed tests are named at the end; the last line is `N passed, N failed`, and the exit status is 1 if something failed.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { findBrowser, installBrowsers } from './browsers.ts'
import { explain, startChild } from './child.ts'
import { installPostgres } from './postgres.ts'
import { installProxies } from './proxies.ts'
import { type Counts, failure, mutationCounts, playwrightCounts, vitestCounts } from './test-reports.ts'

interface Step {
  readonly name: string
  /** @param onLine takes what the step prints; if absent, it writes to this terminal itself. */
  readonly run: (onLine?: OnLine) => Promise<ReadonlyMap<string, Counts>>
}

type OnLine = (line: string) => void

const reports = '.cache/reports'
/** Compiled code of all processes that tests start, so that hundreds of servers and commands do not compile the same files again. */
const COMPILE_CACHE = '.cache/compiled'
/** Read by the tests' fixtures. */
const SQLITE_ONLY = 'CAREKEY_TEST_SQLITE'
/** Read by vitest's configuration: the file in which it counts the tests of each project. */
const COUNTS = 'CAREKEY_TEST_COUNTS'

const runNode = async (
  args: readonly string[],
  onLine: OnLine | undefined,
  env: Record<string, string> = {},
): Promise<string | undefined> => {
  const ending = await startChild(process.execPath, args, { env, ...(onLine && { onLine }) }).ended
  return ending.code === 0 ? undefined : explain(ending)
}

/** Creates a step that is one check: it passes if its command ends with status 0. */
const check = (name: string, ...args: string[]): Step => ({
  name,
  run: async (onLine) => {
    const problem = await runNode(args, onLine)
    return new Map([[name, problem ? failure(problem) : { passed: 1, failed: 0 }]])
  },
})

/**
 * The chosen projects of vitest in one run.
 *
 * @param workers how many files run at once, if not as many as its configuration says.
 */
const vitest = (projects: readonly string[], workers?: number): Step => ({
  name: projects.join(', '),
  run: async (onLine) => {
    const wanted = !process.env[SQLITE_ONLY] && projects.some((project) => onPostgres.includes(project))
    const missing = wanted && installPostgres()
    if (missing) console.log(missing)
    const missingProxies = projects.includes('thorough') && installProxies()
    if (missingProxies) console.log(missingProxies)
    const possible = projects.filter((project) => !(missing && project === ATTACKS_ON_POSTGRES))
    const absent = failuresFor(projects, possible, 'PostgreSQL is missing')
    if (possible.length === 0) return absent
    const report = resolve(reports, 'vitest.json')
    rmSync(report, { force: true })
    const args = possible.map((project) => `--project=${project}`)
    const problem = await runNode(['node_modules/vitest/vitest.mjs', 'run', ...args], onLine, {
      [COUNTS]: report,
      ...(workers !== undefined && { VITEST_MAX_WORKERS: String(workers) }),
    })
    return new Map([...absent, ...vitestCounts(report, possible, problem)])
  },
})

/** The chosen projects of Playwright in one run; each needs its browser. */
const playwright = (projects: readonly BrowserProject[]): Step => ({
  name: projects.join(', '),
  run: async (onLine) => {
    const missing = installBrowsers([...new Set(projects.map((project) => browserOf[project]))])
    if (missing) console.log(missing)
    const possible = projects.filter((project) => findBrowser(browserOf[project]))
    const absent = failuresFor(projects, possible, 'the browser is missing')
    if (possible.length === 0) return absent
    const args = possible.map((project) => `--project=${project}`)
    const problem = await runNode(['node_modules/@playwright/test/cli.js', 'test', ...args], onLine)
    return new Map([...absent, ...playwrightCounts(`${reports}/playwright.json`, possible, problem)])
  },
})

/** Removes each rule of `tests/rules` in turn and checks that a test fails. */
const mutation: Step = {
  name: 'mutation',
  run: async (onLine) => {
    const report = 'artifacts/mutants.json'
    rmSync(report, { force: true })
    const problem = await runNode(['tests/mutation/run.ts'], onLine)
    return new Map([['mutation', mutationCounts(report, problem)]])
  },
}

/** Counts each project that could not be run as a failure. */
const failuresFor = (projects: readonly string[], possible: readonly string[], reason: string) =>
  new Map(
    projects
      .filter((project) => !possible.includes(project))
      .map((project) => [project, failure(`not run: ${reason}`)]),
  )

/** The files of the project `attacks`, with the servers on PostgreSQL. */
const ATTACKS_ON_POSTGRES = 'attacks-postgres'
/** Those on records, with the records on another FHIR server: all in front of HAPI, some in front of Medplum too. */
const ATTACKS_ON_GATEWAY = 'attacks-gateway'
const ATTACKS_ON_MEDPLUM = 'attacks-medplum'
/** Those on records, with people who are connected to Withings. */
const ATTACKS_ON_WITHINGS = 'attacks-withings'
/** Each of these needs most of the machine. */
const costly = ['attacks-costly']
/** These measure memory and waits: no browser runs beside them. */
const alone = ['thorough', 'long', 'faults', ATTACKS_ON_POSTGRES]
const besideBrowsers = [
  ...['unit', 'integration', 'attacks', 'built', 'boundaries'],
  ...[ATTACKS_ON_GATEWAY, ATTACKS_ON_MEDPLUM, ATTACKS_ON_WITHINGS],
]
const onPostgres = ['integration', 'long', 'faults', 'thorough', ATTACKS_ON_POSTGRES]
const browserOf = {
  chromium: 'chromium',
  firefox: 'firefox',
  looks: 'chromium',
  'chromium-attacks': 'chromium',
  'firefox-attacks': 'firefox',
} as const
type BrowserProject = keyof typeof browserOf

const checks = {
  build: check('build', 'scripts/build.ts'),
  types: check('types', 'node_modules/typescript/bin/tsc'),
  lint: check('lint', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'),
}

/** In the order in which they run. */
const defaultSteps = [
  ...['build', 'types', 'lint', 'unit', 'integration', 'attacks', 'built', 'boundaries'],
  ...['chromium', 'firefox'],
]
const thorough = [
  ...costly,
  ...alone,
  ...[ATTACKS_ON_GATEWAY, ATTACKS_ON_MEDPLUM, ATTACKS_ON_WITHINGS],
  ...['looks', 'chromium-attacks', 'firefox-attacks'],
]

/** Returns the chosen steps by stages. The steps of a stage run at the same time. */
const chooseStages = (names: readonly string[]): Step[][] => {
  const known = [...defaultSteps, ...thorough, mutation.name]
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new Error(`No such step: ${unknown.join(', ')}. There are ${known.join(', ')}.`)
  const isChosen = (name: string) => names.includes(name)
  const isBrowser = (name: string): name is BrowserProject => name in browserOf
  const inVitest = (projects: readonly string[], workers?: number) =>
    projects.some(isChosen) ? [vitest(projects.filter(isChosen), workers)] : []
  const inPlaywright = known.filter((name) => isChosen(name)).filter(isBrowser)
  const browsers = inPlaywright.length > 0 ? [playwright(inPlaywright)] : []
  const inChecks = (['build', 'types', 'lint'] as const).filter(isChosen).map((name) => checks[name])
  const stages = [
    inChecks,
    inVitest(costly, 2),
    inVitest(alone),
    [...inVitest(besideBrowsers), ...browsers],
    isChosen(mutation.name) ? [mutation] : [],
  ]
  return stages.filter((steps) => steps.length > 0)
}

/** Runs the steps of a stage at the same time. One of them writes to the terminal; what the others print follows when they have ended. */
const runStage = async (steps: readonly Step[]): Promise<ReadonlyMap<string, Counts>> => {
  console.log(`\n── ${steps.map(({ name }) => name).join(', ')}`)
  const endings = steps.map(async ({ name, run }, index) => {
    const started = performance.now()
    const lines: string[] = []
    const counts = await run(index === 0 ? undefined : (line) => lines.push(line))
    return { name, lines, counts, seconds: (performance.now() - started) / 1000 }
  })
  const all = new Map<string, Counts>()
  for (const ending of endings) {
    const { name, lines, counts, seconds } = await ending
    if (lines.length > 0) console.log(lines.join('\n'))
    console.log(`   ${name}: ${seconds.toFixed(1)} s`)
    for (const [project, count] of counts) all.set(project, count)
  }
  return all
}

const main = async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { sqlite: { type: 'boolean' }, thorough: { type: 'boolean' } },
  })
  if (values.sqlite) process.env[SQLITE_ONLY] = '1'
  process.env.NODE_COMPILE_CACHE = resolve(COMPILE_CACHE)
  const wanted = positionals.length > 0 ? positionals : values.thorough ? thorough : defaultSteps
  const names = wanted.filter((name) => !(values.sqlite && name === ATTACKS_ON_POSTGRES))
  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports, { recursive: true })
  const results = new Map<string, Counts>()
  for (const steps of chooseStages(names))
    for (const [name, counts] of await runStage(steps)) results.set(name, counts)

  console.log('\n                   passed  failed')
  for (const [name, { passed, failed, note }] of results) {
    console.log(
      `${name.padEnd(17)} ${String(passed).padStart(7)} ${String(failed).padStart(7)}${note ? `  ${note}` : ''}`,
    )
  }
  const failures = [...results.values()].flatMap((counts) => counts.failures ?? [])
  if (failures.length > 0) console.log(`\nFailed tests:\n  ${failures.join('\n  ')}`)
  const sum = (key: 'passed' | 'failed') =>
    [...results.values()].reduce((total, counts) => total + counts[key], 0)
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
  process.exitCode = sum('failed') > 0 ? 1 : 0
}

await main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
