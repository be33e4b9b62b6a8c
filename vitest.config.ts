import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { countsReporter } from './scripts/counts-reporter.ts'
import { COSTLY, WITHOUT_DATABASE } from './tests/attacks/costly.ts'
import { ATTACKS_ON_ANSWERS, ATTACKS_ON_RECORDS } from './tests/attacks/on-records.ts'
import { memoryFolder } from './tests/fixtures/memory-folder.ts'
import { hasPostgres } from './tests/fixtures/postgres.ts'
import { LongestFirst } from './tests/longest-first.ts'

// Every test and every process that tests start has its temporary files there.
const memory = memoryFolder()
if (memory) process.env.TMPDIR = memory

/** Set by `scripts/test.ts`: where the tests of each project are counted. */
const { CAREKEY_TEST_COUNTS: counts } = process.env

const ATTACKS = 'tests/attacks/**/*.test.ts'
const filesOf = (attacks: readonly string[]) => attacks.map((name) => `tests/attacks/${name}.test.ts`)

/** Tests run on the machine they are on: unit tests reach no network at all, the others only loopback. */
const project = (
  name: string,
  include: string,
  network: 'no-network' | 'loopback-only',
  globalSetup: string[] = [],
) => ({
  extends: true as const,
  test: { name, include: [include], setupFiles: [`tests/fixtures/${network}.ts`], globalSetup },
})

const templates = 'tests/fixtures/provide-templates.ts'
const shared = [templates, ...(hasPostgres ? ['tests/fixtures/provide-postgres.ts'] : [])]

/** A process of its own for each file would take most of the time of small ones. They leave nothing behind. */
const inSharedProcesses = ({ test, ...rest }: ReturnType<typeof project>) => ({
  ...rest,
  test: { ...test, isolate: false, setupFiles: [...test.setupFiles, 'tests/fixtures/new-browser.ts'] },
})

/** Some of the attacks, with the servers on SQLite. */
const onSqlite = (
  { test, ...rest }: ReturnType<typeof project>,
  { include, exclude }: { readonly include?: readonly string[]; readonly exclude?: readonly string[] },
) => ({
  ...rest,
  test: {
    ...test,
    ...(include && { include: filesOf(include) }),
    ...(exclude && { exclude: filesOf(exclude) }),
  },
})

/** The same tests once more, with the servers on PostgreSQL. */
const onPostgres = ({ test, ...rest }: ReturnType<typeof project>) => ({
  ...rest,
  test: {
    ...test,
    globalSetup: [templates, 'tests/attacks/provide-postgres.ts'],
    exclude: filesOf(WITHOUT_DATABASE),
  },
})

/** Attacks on records once more, with records that come from elsewhere. */
const onSource = (
  { test, ...rest }: ReturnType<typeof project>,
  provide: string,
  attacks: readonly string[] = ATTACKS_ON_RECORDS,
) => ({
  ...rest,
  test: {
    ...test,
    include: filesOf(attacks),
    globalSetup: [templates, provide],
  },
})

export default defineConfig({
  // The polyfill refuses to load outside of an extension; tests name their organizations themselves.
  resolve: {
    alias: { 'webextension-polyfill': fileURLToPath(new URL('tests/fakes/browser.ts', import.meta.url)) },
  },
  define: {
    __KNOWN_PROVIDERS__: '[]',
    __KNOWN_DIRECTORY__: readFileSync('tests/fixtures/directory.json', 'utf8'),
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    environment: 'node',
    // One more than the two processors that a machine has at least, because tests often only wait.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // What did not change since the last run is not transformed again.
    fsModuleCache: true,
    fsModuleCachePath: '.cache/modules',
    reporters: ['default', ...(counts === undefined ? [] : [countsReporter(counts)])],
    testTimeout: 15_000,
    hookTimeout: 60_000,
    projects: [
      inSharedProcesses(project('unit', 'tests/unit/**/*.test.{ts,tsx}', 'no-network')),
      inSharedProcesses(project('integration', 'tests/integration/**/*.test.ts', 'loopback-only', shared)),
      project('thorough', 'tests/thorough/**/*.test.ts', 'loopback-only', shared),
      // As `integration`, but each file takes seconds.
      inSharedProcesses(project('long', 'tests/long/**/*.test.ts', 'loopback-only', shared)),
      inSharedProcesses(
        onSqlite(project('attacks', ATTACKS, 'loopback-only', [templates]), { exclude: COSTLY }),
      ),
      inSharedProcesses(
        onSqlite(project('attacks-costly', ATTACKS, 'loopback-only', [templates]), { include: COSTLY }),
      ),
      inSharedProcesses(
        onSource(project('attacks-gateway', ATTACKS, 'loopback-only'), 'tests/attacks/provide-gateway.ts'),
      ),
      inSharedProcesses(
        onSource(
          project('attacks-medplum', ATTACKS, 'loopback-only'),
          'tests/attacks/provide-gateway.ts',
          ATTACKS_ON_ANSWERS,
        ),
      ),
      inSharedProcesses(
        onSource(project('attacks-withings', ATTACKS, 'loopback-only'), 'tests/attacks/provide-withings.ts'),
      ),
      ...(hasPostgres
        ? [inSharedProcesses(onPostgres(project('attacks-postgres', ATTACKS, 'loopback-only')))]
        : []),
      project('faults', 'tests/faults/**/*.test.ts', 'loopback-only', shared),
      project('built', 'tests/built/**/*.test.ts', 'no-network'),
      project('boundaries', 'tests/boundaries.test.ts', 'no-network'),
    ],
  },
})
