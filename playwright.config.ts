import { defineConfig } from '@playwright/test'
import { memoryFolder } from './tests/fixtures/memory-folder.ts'
import { provideTemplates } from './tests/fixtures/provide-templates.ts'

// Read by all processes that run tests, which have this one's environment.
const memory = memoryFolder()
if (memory) process.env.TMPDIR = memory
provideTemplates()

export default defineConfig({
  testDir: 'tests',
  testMatch: ['e2e/**/*.spec.ts', 'attacks/**/*.spec.ts'],
  outputDir: 'artifacts/playwright',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: '.cache/reports/playwright.json' }]],
  use: { screenshot: 'only-on-failure', actionTimeout: 10_000 },
  projects: [
    {
      name: 'chromium',
      testMatch: 'e2e/**/*.spec.ts',
      testIgnore: ['**/firefox.spec.ts', '**/looks.spec.ts'],
    },
    {
      name: 'chromium-attacks',
      testMatch: 'attacks/**/*.spec.ts',
      testIgnore: '**/firefox.spec.ts',
    },
    // A picture of every state of every page, in Chromium.
    { name: 'looks', testMatch: '**/looks.spec.ts' },
    // It takes some seconds to start, twice where it starts again.
    { name: 'firefox', testMatch: 'e2e/firefox.spec.ts', timeout: 120_000 },
    { name: 'firefox-attacks', testMatch: 'attacks/firefox.spec.ts', timeout: 120_000 },
  ],
})
