import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { type Carekey, startCarekey } from '../../e2e/carekey.ts'
import { addOrganization } from '../../e2e/popup-frame.ts'
import { allow, fillPassword, sayIsSamePerson } from '../../e2e/sign-in.ts'
import { openToolbarPopup } from '../../e2e/toolbar-popup.ts'
import type { Sample } from '../comparison.ts'
import { answerJob } from '../job.ts'
import { median } from '../statistics.ts'

export interface PopupJob {
  /** The folder of the built extension. */
  readonly extension: string
  readonly folder: string
  readonly openings: number
  /** The page of the extension that opens the popup while the worker sleeps. */
  readonly opener: string
  /** The name of the organization at which John Doe signs in before the second half; absent if nobody signs in. */
  readonly clinics: readonly string[]
}

export interface PopupMeasured {
  readonly signedOut: Openings
  readonly signedIn: Openings
}

interface Openings {
  readonly warm: Sample
  readonly cold: Sample
}

/** The first two openings fill the browser's caches. */
const UNCOUNTED = 2

answerJob(
  async ({ extension, folder, openings, opener: path, clinics }: PopupJob): Promise<PopupMeasured> => {
    const profile = await mkdtemp(join(folder, 'profile-'))
    const carekey = await startCarekey(extension, profile, { closesWelcome: clinics.length > 0 })
    try {
      const opener = await carekey.context.newPage()
      await opener.goto(`chrome-extension://${carekey.id}/${path}`)
      const measure = async (): Promise<Openings> => ({
        warm: await open(carekey, opener, openings, async () => undefined),
        cold: await open(carekey, opener, openings, carekey.killWorker),
      })
      const signedOut = await measure()
      for (const [index, clinic] of clinics.entries()) await signIn(carekey, clinic, index > 0)
      return { signedOut, signedIn: clinics.length > 0 ? await measure() : signedOut }
    } finally {
      await carekey.close()
      await rm(profile, { recursive: true, force: true })
    }
  },
)

/** Milliseconds from the navigation to the mark, in the popup that opens under the toolbar. */
const open = async (
  carekey: Carekey,
  opener: Page,
  count: number,
  before: () => Promise<void>,
): Promise<Sample> => {
  const times: number[] = []
  for (let opening = -UNCOUNTED; opening < count; opening++) {
    await before()
    const popup = await openToolbarPopup(carekey, opener)
    const time = await popup.evaluate(untilReady)
    if (opening >= 0) times.push(Number(time))
    // Work after the first paint ends with this popup, so it does not delay the next one.
    await popup.evaluate(untilRested)
    await popup.close()
  }
  return { value: median(times), times }
}

const until = (condition: string, answer: string): string => `(async () => {
  while (!(${condition})) await new Promise((resolve) => setTimeout(resolve, 5))
  return ${answer}
})()`

const untilReady = until(
  "performance.getEntriesByName('popup:ready')[0]",
  "performance.getEntriesByName('popup:ready')[0].startTime",
)
const untilRested = until("!document.querySelector('.skeleton')", 'undefined')

/**
 * @param isNext whether another clinic already knows John Doe; he then says that all records are his, so they form one timeline.
 */
const signIn = async (carekey: Carekey, clinic: string, isNext: boolean): Promise<void> => {
  const popup = await carekey.popup()
  await popup
    .getByRole('button', { name: /^(Sign in with|\+ Add)/ })
    .first()
    .waitFor()
  const button = popup.getByRole('button', { name: `Sign in with ${clinic}` })
  if (!(await button.isVisible())) await addOrganization(popup)
  const newPage = carekey.context.waitForEvent('page')
  await button.click()
  const window = await newPage
  await fillPassword(window, 'john')
  await allow(window, 'Until I remove it')
  await popup.getByText('mmHg').first().waitFor()
  if (isNext) await sayIsSamePerson(popup)
  await popup.close()
}
