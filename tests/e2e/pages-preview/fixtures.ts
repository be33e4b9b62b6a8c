import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, test as base, chromium, type Page } from '@playwright/test'
import { requireBrowser } from '../../../scripts/browsers.ts'
import { type Language, servePages, speaking } from './preview.ts'

interface WorkerFixtures {
  chrome: Browser
  /** A tab in this language, for a person who prefers less motion; the same tab for every state. */
  tabs: (language: Language) => Promise<Page>
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
  tabs: [
    async ({ chrome }, use) => {
      const open = new Map<Language, Promise<Page>>()
      const openTab = async (language: Language) =>
        (await speaking(chrome, language, { reducedMotion: 'reduce' })).newPage()
      await use((language) => {
        const tab = open.get(language) ?? openTab(language)
        open.set(language, tab)
        return tab
      })
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
