import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, test as base, chromium } from '@playwright/test'
import { requireBrowser } from '../../../scripts/browsers.ts'
import { servePages } from './preview.ts'

interface WorkerFixtures {
  chrome: Browser
  /** Where the pages are served. */
  origin: string
}

export const test = base.extend<object, WorkerFixtures>({
  chrome: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the needed fixtures from this pattern.
    async ({}, use) => {
      const browser = await chromium.launch({
        executablePath: requireBrowser('chromium'),
        args: ['--no-sandbox', '--disable-gpu'],
      })
      await use(browser)
      await browser.close()
    },
    { scope: 'worker' },
  ],
  origin: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => {
      const outDir = mkdtempSync(join(tmpdir(), 'carekey-pages-'))
      const { origin, close } = await servePages(outDir)
      await use(origin)
      await close()
      rmSync(outDir, { recursive: true, force: true })
    },
    { scope: 'worker' },
  ],
})

export const { expect } = test
