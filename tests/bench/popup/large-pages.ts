import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { type Carekey, startCarekey } from '../../e2e/carekey.ts'
import { signIn } from '../../e2e/sign-in.ts'
import { answerJob } from '../job.ts'
import { longestTask, type Task } from './longest-task.ts'

export interface LargeJob {
  readonly folder: string
  /** The folder of the built extension. */
  readonly extension: string
  /** The organization's name. */
  readonly organization: string
  /** The file with the Bundle, for the page that only parses it. */
  readonly bundle: string
  readonly openings: number
}

/** The longest task of each opening. */
export type LargeMeasured = Record<'popup' | 'summary' | 'export' | 'bare', Task[]>

answerJob(async ({ folder, extension, organization, bundle, openings }: LargeJob): Promise<LargeMeasured> => {
  const profile = await mkdtemp(join(folder, 'profile-'))
  const carekey = await startCarekey(extension, profile)
  try {
    const first = await carekey.popup()
    await signIn(carekey, first, { name: organization }, 'john')
    await first.getByText('kg').first().waitFor()
    await first.close()

    const measurements: LargeMeasured = { popup: [], summary: [], export: [], bare: [] }
    const text = await readFile(bundle, 'utf8')
    for (let opening = 0; opening < openings; opening++) {
      measurements.popup.push(await showVitals(carekey))
      const { shown, exported } = await takeAlong(carekey)
      measurements.summary.push(shown)
      measurements.export.push(exported)
      measurements.bare.push(await parse(carekey, text))
    }
    return measurements
  } finally {
    await carekey.close()
    await rm(profile, { recursive: true, force: true })
  }
})

const open = (page: Page, { id }: Carekey, path: string) =>
  page.goto(`chrome-extension://${id}/extension/${path}/index.html`)

const rested = (page: Page) => page.waitForFunction(() => !document.querySelector('.skeleton'))

const showVitals = async (carekey: Carekey): Promise<Task> => {
  const popup = await carekey.context.newPage()
  const task = await longestTask(popup, async () => {
    await open(popup, carekey, 'popup')
    await popup.getByText('kg').first().waitFor()
    await rested(popup)
  })
  await popup.close()
  return task
}

const takeAlong = async (carekey: Carekey): Promise<{ shown: Task; exported: Task }> => {
  const summary = await carekey.context.newPage()
  const shown = await longestTask(summary, async () => {
    await open(summary, carekey, 'summary')
    await summary.getByRole('rowheader', { name: 'Weight' }).waitFor()
    await rested(summary)
  })
  const exported = await longestTask(summary, async () => {
    await summary.getByRole('button', { name: 'Download the record (FHIR)' }).click()
    await summary.getByText(/The file holds/).waitFor({ timeout: 60_000 })
  })
  await summary.close()
  return { shown, exported }
}

const parse = async ({ context }: Carekey, text: string): Promise<Task> => {
  const page = await context.newPage()
  await page.evaluate((json) => Object.assign(window, { json }), text)
  const task = await longestTask(page, () => page.evaluate('void JSON.parse(json)'))
  await page.close()
  return task
}
