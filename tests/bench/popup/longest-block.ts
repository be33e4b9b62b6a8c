import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { startCarekey } from '../../e2e/carekey.ts'
import { allow, fillPassword, openSignIn } from '../../e2e/sign-in.ts'
import type { Sample, Side } from '../comparison.ts'
import { answerJob } from '../job.ts'
import { median } from '../statistics.ts'

export interface LargeJob {
  readonly folder: string
  /** The folder of the built extension. */
  readonly extension: string
  /** By name. */
  readonly organization: string
  /** A file with the Bundle, for the page that only parses it. */
  readonly bundle: string
  readonly openings: number
}

declare global {
  interface Window {
    longestBlock?: number
  }
}

answerJob(
  async ({
    folder,
    extension,
    organization,
    bundle,
    openings,
  }: LargeJob): Promise<Record<Side, Record<string, Sample>>> => {
    const profile = await mkdtemp(join(folder, 'profile-'))
    const carekey = await startCarekey(extension, profile)
    const text = await readFile(bundle, 'utf8')
    const open = (path: string) =>
      carekey.context.newPage().then(async (page) => {
        await page.goto(`chrome-extension://${carekey.id}/extension/${path}/index.html`)
        return page
      })
    const rested = (page: Page) => page.waitForFunction(() => !document.querySelector('.skeleton'))
    try {
      const first = await carekey.popup()
      const signIn = await openSignIn(carekey, first, { name: organization })
      await fillPassword(signIn, 'john')
      await allow(signIn, '1 hour')
      await first.getByText('kg').first().waitFor()
      await first.close()

      const blocks = {
        popup: [] as number[],
        summary: [] as number[],
        export: [] as number[],
        bare: [] as number[],
      }
      for (let opening = 0; opening < openings; opening++) {
        const popup = await open('popup')
        await popup.waitForFunction(() => performance.getEntriesByName('popup:ready')[0])
        blocks.popup.push(
          await longestBlock(popup, async () => {
            await popup.getByText('kg').first().waitFor()
            await rested(popup)
          }),
        )
        await popup.close()

        const summary = await open('summary')
        await summary.getByRole('heading', { level: 1 }).waitFor()
        blocks.summary.push(
          await longestBlock(summary, async () => {
            await summary.getByRole('table', { name: 'Weight' }).waitFor()
            await rested(summary)
          }),
        )
        blocks.export.push(
          await longestBlock(summary, async () => {
            await summary.getByRole('button', { name: 'Download the record (FHIR)' }).click()
            await summary.getByText(/The file holds/).waitFor({ timeout: 60_000 })
          }),
        )
        await summary.close()

        const empty = await carekey.context.newPage()
        await empty.evaluate((json) => Object.assign(window, { json }), text)
        blocks.bare.push(
          await longestBlock(empty, () =>
            empty.evaluate(() => void JSON.parse((window as unknown as { json: string }).json)),
          ),
        )
        await empty.close()
      }
      const sample = (times: number[]): Sample => ({ value: median(times), times })
      const bare = sample(blocks.bare)
      const variants = {
        'popup, vital signs': blocks.popup,
        'summary, vital signs': blocks.summary,
        'summary, export': blocks.export,
      }
      return {
        ours: Object.fromEntries(Object.entries(variants).map(([name, times]) => [name, sample(times)])),
        bare: Object.fromEntries(Object.keys(variants).map((name) => [name, bare])),
      }
    } finally {
      await carekey.close()
      await rm(profile, { recursive: true, force: true })
    }
  },
)

/**
 * Milliseconds: the longest gap in a ticker of 5 ms, less those 5, or the longest task that the browser itself tells of
 * (50 ms and more), whichever is longer.
 */
const longestBlock = async (page: Page, work: () => Promise<unknown>): Promise<number> => {
  await page.evaluate(() => {
    window.longestBlock = 0
    const note = (block: number) => {
      window.longestBlock = Math.max(window.longestBlock ?? 0, block)
    }
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) note(duration)
    }).observe({ type: 'longtask' })
    let last = performance.now()
    setInterval(() => {
      const now = performance.now()
      note(now - last - 5)
      last = now
    }, 5)
  })
  await work()
  return page.evaluate(() => window.longestBlock ?? Number.NaN)
}
