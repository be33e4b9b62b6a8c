import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { type Carekey, startCarekey } from '../../e2e/carekey.ts'
import { allow, fillPassword } from '../../e2e/sign-in.ts'
import type { Sample } from '../comparison.ts'
import { answerJob } from '../job.ts'
import { median } from '../statistics.ts'

export interface PopupJob {
  /** The folder of the built extension. */
  readonly extension: string
  readonly folder: string
  readonly openings: number
  /** Who signs in before the second half, if anyone can. */
  readonly username?: string
}

export interface PopupMeasured {
  readonly signedOut: Sample
  /** Absent when nobody signs in. */
  readonly signedIn?: Sample
  readonly chromium: string
}

/** Milliseconds from the navigation to the mark. */
const untilReady = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    for (;;) {
      const [mark] = performance.getEntriesByName('popup:ready')
      if (mark) return mark.startTime
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })

/** The first two openings wake the worker and fill the browser's caches. */
const WARM = 2

const openings = async (carekey: Carekey, count: number): Promise<Sample> => {
  const times: number[] = []
  for (let opening = -WARM; opening < count; opening++) {
    const page = await carekey.popup()
    const time = await untilReady(page)
    if (opening >= 0) times.push(time)
    await page.close()
  }
  return { value: median(times), times }
}

const signIn = async (carekey: Carekey, username: string): Promise<void> => {
  const popup = await carekey.popup()
  const opened = carekey.context.waitForEvent('page')
  await popup.getByRole('button', { name: 'Sign in with Riverside Clinic' }).click()
  const window = await opened
  await fillPassword(window, username)
  await allow(window, '1 hour')
  await popup.getByRole('button', { name: 'Sign out' }).waitFor()
  await popup.close()
}

answerJob(async ({ extension, folder, openings: count, username }: PopupJob): Promise<PopupMeasured> => {
  const profile = await mkdtemp(join(folder, 'profile-'))
  const carekey = await startCarekey(extension, profile)
  try {
    const signedOut = await openings(carekey, count)
    const chromium = carekey.context.browser()?.version() ?? 'unknown'
    if (username === undefined) return { signedOut, chromium }
    await signIn(carekey, username)
    return { signedOut, signedIn: await openings(carekey, count), chromium }
  } finally {
    await carekey.close()
    await rm(profile, { recursive: true, force: true })
  }
})
