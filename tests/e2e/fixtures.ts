import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test as base } from '@playwright/test'
import { buildExtension } from '../../scripts/build.ts'
import { memoryFolder } from '../fixtures/memory-folder.ts'
import { type Carekey, startCarekey } from './carekey.ts'
import { type Organization, startOrganization } from './organization.ts'

interface Organizations {
  readonly riverside: Organization
  readonly pulse: Organization
}

interface WorkerFixtures {
  /** Runs a file of tests in a process of its own, with new organizations, because earlier tests leave entries in their logs. */
  alone: boolean
  /** Fixtures of one of the processes that run tests in parallel. */
  folder: string
  organizations: Organizations
  /** The extension, built for the process's organizations. */
  extension: string
  /** One browser for all tests of a process. `carekey` is that browser, reset to the state of its start. */
  browserOfAll: Carekey
}

interface TestFixtures {
  /** Gives the test its own profile, for tests that read the profile's files, because these contain what was deleted. */
  ownProfile: boolean
  carekey: Carekey
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  alone: [false, { option: true, scope: 'worker' }],
  folder: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the needed fixtures from this pattern.
    async ({}, use) => {
      const all = memoryFolder() ?? resolve('.cache/e2e')
      mkdirSync(all, { recursive: true })
      const folder = mkdtempSync(join(all, 'carekey-run-'))
      await use(folder)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
    { scope: 'worker' },
  ],
  organizations: [
    async ({ folder }, use) => {
      const [riverside, pulse] = await Promise.all([
        startOrganization('riverside', folder),
        startOrganization('pulse', folder),
      ])
      await use({ riverside, pulse })
      await Promise.all([riverside.stop(), pulse.stop()])
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  extension: [
    async ({ folder, organizations }, use, { project }) => {
      const outDir = join(folder, 'extension')
      const providers = [organizations.riverside.provider, organizations.pulse.provider]
      await buildExtension(project.name.startsWith('firefox') ? 'firefox' : 'chrome', {
        outDir,
        providers: JSON.stringify(providers),
      })
      await use(outDir)
    },
    { scope: 'worker' },
  ],
  browserOfAll: [
    async ({ folder, extension }, use) => {
      const carekey = await startCarekey(extension, join(folder, 'browser-of-all'))
      await use(carekey)
      await carekey.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  ownProfile: [false, { option: true }],
  carekey: async ({ folder, extension, ownProfile, browserOfAll }, use) => {
    if (!ownProfile) {
      await use(browserOfAll)
      return browserOfAll.reset()
    }
    const profile = mkdtempSync(join(folder, 'profile-'))
    const carekey = await startCarekey(extension, profile)
    await use(carekey)
    await carekey.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  },
})

export const { expect } = test
