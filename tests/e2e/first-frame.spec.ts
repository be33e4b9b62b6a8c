import type { Page } from '@playwright/test'
import type { Carekey } from './carekey.ts'
import { expect, test } from './fixtures.ts'
import type { Organization } from './organization.ts'
import { chooseFromMenu, signOut } from './popup-frame.ts'
import { signIn } from './sign-in.ts'
import { storedText } from './stored.ts'

/** Opens a popup that hears nothing from the worker, and starts none, so it shows its first frame and nothing else. */
const openFirstFrame = async ({ context, id }: Carekey): Promise<Page> => {
  const popup = await context.newPage()
  await popup.addInitScript(() => {
    chrome.runtime.sendMessage = () => new Promise(() => undefined)
    chrome.runtime.connect = () => ({ onDisconnect: { addListener: () => undefined } }) as never
  })
  await popup.goto(`chrome-extension://${id}/extension/popup/index.html`)
  return popup
}

interface Snapshot {
  state?: { connections: { signedIn: boolean }[] }
}

/** The first frame that is kept. */
const keptOf = (page: Page): Promise<Snapshot> =>
  page.evaluate(async () => {
    const { snapshot } = await chrome.storage.session.get('snapshot')
    return (snapshot ?? {}) as Snapshot
  })

/** Whether the person is signed in in the first frame that is kept; undefined if there is none. */
const signedInKept = async (page: Page): Promise<boolean | undefined> =>
  (await keptOf(page)).state?.connections.some((connection) => connection.signedIn)

/** Returns the first frame once the worker has kept one, in which the person is signed in or not. */
const untilKept = async (page: Page, isSignedIn: boolean): Promise<Snapshot> => {
  let kept: Snapshot = {}
  const isKept = async () => {
    kept = await keptOf(page)
    return kept.state?.connections.some((connection) => connection.signedIn)
  }
  await expect.poll(isKept, { timeout: 15_000 }).toBe(isSignedIn)
  return kept
}

/**
 * Ends the worker while a first frame is kept. In the middle of a change there is none, so this may take more than one try. Close every
 * page before, because an open one would wake the worker again, and a worker that starts changes something.
 */
const killWorker = async (carekey: Carekey, isSignedIn: boolean): Promise<void> => {
  const page = await carekey.context.newPage()
  await page.goto(`chrome-extension://${carekey.id}/manifest.json`)
  await expect(async () => {
    await untilKept(page, isSignedIn)
    await carekey.killWorker()
    if ((await signedInKept(page)) === isSignedIn) return
    await (await carekey.popup()).close()
    throw new Error('There is no first frame.')
  }).toPass()
  await page.close()
}

const marks = (page: Page) =>
  page.evaluate(() => performance.getEntriesByName('popup:ready').map(({ startTime }) => startTime))

const john = (page: Page) => page.getByRole('heading', { name: 'John Doe' })

/** Opens a popup with John's record. */
const openJohn = async (carekey: Carekey, riverside: Organization): Promise<Page> => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  await expect(popup.getByText('mmHg').first()).toBeVisible()
  return popup
}

test('the popup’s first frame shows whose record is open without a worker, and after a sign-out the list without them', async ({
  carekey,
  organizations: { riverside },
}) => {
  await (await openJohn(carekey, riverside)).close()
  await killWorker(carekey, true)
  const first = await openFirstFrame(carekey)
  await expect(john(first)).toBeVisible()
  await expect(first.getByRole('button', { name: /^Organizations: 1, \d+ min left$/ })).toBeEnabled()
  await expect.poll(() => marks(first)).toHaveLength(1)
  await expect(first.getByText('mmHg')).toHaveCount(0)
  await first.close()

  const popup = await carekey.popup()
  await signOut(popup, riverside.name)
  await expect(popup.getByText('Signed out of Riverside Clinic')).toBeVisible()
  await popup.close()
  await killWorker(carekey, false)
  const after = await openFirstFrame(carekey)
  await expect(after.getByRole('button', { name: `Sign in with ${riverside.name}` })).toBeEnabled()
  await expect(john(after)).toHaveCount(0)
  await expect(after.getByText('signed out')).toBeVisible()
})

test('the worker’s answer replaces the first frame without a jump', async ({
  carekey,
  organizations: { riverside },
}) => {
  await (await openJohn(carekey, riverside)).close()
  await killWorker(carekey, true)

  const next = await carekey.context.newPage()
  await next.setViewportSize({ width: 400, height: 600 })
  await next.addInitScript(() => {
    const seen: string[] = []
    Object.assign(window, { seen })
    const look = () => {
      const place = (selector: string) => document.querySelector(selector)?.getBoundingClientRect().top
      const heading = document.querySelector('h1')?.textContent
      const view = JSON.stringify([heading, place('h1'), place('.pill'), place('#vital-signs')])
      if (heading && seen.at(-1) !== view) seen.push(view)
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  await next.goto(`chrome-extension://${carekey.id}/extension/popup/index.html`)
  await expect(next.getByText('mmHg').first()).toBeVisible()
  const seen = await next.evaluate(() => (window as unknown as { seen: string[] }).seen)
  expect(seen).toHaveLength(1)
  expect(seen[0]).toContain('John Doe')
})

test('the worker is asked after the first frame, and at once if there is no snapshot', async ({
  carekey,
  organizations: { riverside },
}) => {
  const snapshot = await untilKept(await openJohn(carekey, riverside), true)
  /** Milliseconds from the navigation to the first request and to the first frame, if the browser keeps this. */
  const timesWith = async (kept: { snapshot?: Snapshot }) => {
    const page = await carekey.context.newPage()
    await page.addInitScript((stored) => {
      const asked: number[] = []
      Object.assign(window, { asked })
      const { sendMessage } = chrome.runtime
      chrome.runtime.sendMessage = ((...message: Parameters<typeof sendMessage>) => {
        asked.push(performance.now())
        return sendMessage(...message)
      }) as never
      chrome.storage.session.get = (async () => stored) as never
    }, kept)
    await page.goto(`chrome-extension://${carekey.id}/extension/popup/index.html`)
    await expect(page.getByText('mmHg').first()).toBeVisible()
    const [asked = Number.NaN] = await page.evaluate(() => (window as unknown as { asked: number[] }).asked)
    const [ready = Number.NaN] = await marks(page)
    await page.close()
    return { asked, ready }
  }
  const drawn = await timesWith({ snapshot })
  expect(drawn.asked).toBeGreaterThan(drawn.ready)
  const empty = await timesWith({})
  expect(empty.asked).toBeLessThan(empty.ready)
})

test('while Carekey is locked, the popup’s first frame shows nobody', async ({
  carekey,
  organizations: { riverside },
}) => {
  const before = await openJohn(carekey, riverside)
  const options = await carekey.options('lock')
  const form = options.getByRole('form', { name: 'Set a lock' })
  await form.getByLabel('Passphrase or PIN').fill('493817')
  await form.getByLabel('Repeat').fill('493817')
  await form.getByRole('button', { name: 'Set lock' }).click()
  await expect(options.getByText('The lock is set.')).toBeVisible()
  await Promise.all([options.close(), before.close()])
  await killWorker(carekey, true)
  const first = await openFirstFrame(carekey)
  await expect(john(first)).toBeVisible()
  await first.close()

  const popup = await carekey.popup()
  await chooseFromMenu(popup, 'Lock now')
  await expect(popup.getByRole('heading', { name: 'Carekey is locked' })).toBeVisible()
  expect(await storedText(popup, 'session')).not.toContain('snapshot')
  await popup.close()
  await carekey.killWorker()
  const locked = await openFirstFrame(carekey)
  await expect(locked.getByRole('status', { name: 'Reading…' })).toBeVisible()
  await expect(locked.getByText(/John|Riverside/)).toHaveCount(0)
  expect(await marks(locked)).toEqual([])
})

test.describe('after a restart of the browser', () => {
  test.use({ ownProfile: true })

  test('the first frame shows who stayed connected before any page has asked', async ({
    carekey,
    organizations: { riverside },
  }) => {
    const popup = await carekey.popup()
    await signIn(carekey, popup, riverside, 'john', '30 days')
    await expect(popup.getByText('mmHg').first()).toBeVisible()
    await carekey.restart()
    await killWorker(carekey, true)
    await expect(john(await openFirstFrame(carekey))).toBeVisible()
  })
})
