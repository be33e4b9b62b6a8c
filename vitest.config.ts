import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { hasPostgres } from './tests/fixtures/postgres.ts'

const ATTACKS = 'tests/attacks/**/*.test.ts'

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

const sharedPostgres = hasPostgres ? ['tests/fixtures/provide-postgres.ts'] : []

/** The same tests once more, with the servers on PostgreSQL. */
const onPostgres = ({ test, ...rest }: ReturnType<typeof project>) => ({
  ...rest,
  test: {
    ...test,
    globalSetup: 'tests/attacks/provide-postgres.ts',
    // These never reach a database.
    exclude: ['regular-expressions', 'autoscan', 'connections'].map(
      (name) => `tests/attacks/${name}.test.ts`,
    ),
  },
})

export default defineConfig({
  // The polyfill refuses to load outside of an extension; tests name their organizations themselves.
  resolve: {
    alias: { 'webextension-polyfill': fileURLToPath(new URL('tests/fakes/browser.ts', import.meta.url)) },
  },
  define: { __KNOWN_PROVIDERS__: '[]' },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    environment: 'node',
    maxWorkers: 2,
    testTimeout: 15_000,
    hookTimeout: 60_000,
    projects: [
      project('unit', 'tests/unit/**/*.test.{ts,tsx}', 'no-network'),
      project('integration', 'tests/integration/**/*.test.ts', 'loopback-only', sharedPostgres),
      project('thorough', 'tests/thorough/**/*.test.ts', 'loopback-only', sharedPostgres),
      project('attacks', ATTACKS, 'loopback-only'),
      ...(hasPostgres ? [onPostgres(project('attacks-postgres', ATTACKS, 'loopback-only'))] : []),
      project('faults', 'tests/faults/**/*.test.ts', 'loopback-only', sharedPostgres),
      project('boundaries', 'tests/boundaries.test.ts', 'no-network'),
    ],
  },
})
