import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Carekey, startCarekey } from '../e2e/carekey.ts'
import { ADDRESSES, renewals } from '../fakes/mock-provider.ts'
import { alter, test as base, configure, expect, isSignedIn, startSignIn, stored } from './extension.ts'

/** An extension that can be updated, and its update. The browser installs the new version in place of the old one. */
interface Updatable {
  readonly carekey: Carekey
  update(): Promise<void>
}

const test = base.extend<{ updatable: Updatable }>({
  updatable: async ({ folder, extension }, use) => {
    const own = mkdtempSync(join(folder, 'updated-'))
    cpSync(extension, own, { recursive: true })
    const profile = mkdtempSync(join(folder, 'profile-'))
    const carekey = await startCarekey(own, profile)
    const errors: string[] = []
    carekey.context.on('weberror', (error) => errors.push(error.error().message))
    await use({
      carekey,
      update: async () => {
        const manifest = join(own, 'manifest.json')
        writeFileSync(
          manifest,
          JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), version: NEXT }),
        )
        await reload(carekey)
      },
    })
    await carekey.close()
    for (const each of [own, profile]) rmSync(each, { recursive: true, force: true, maxRetries: 5 })
    expect(errors, 'errors that nobody caught').toEqual([])
  },
})

const NEXT = '99.0.0'

/** Through the browser's own page, because a test browser disables an extension that reloads itself. */
const reload = async ({ context, id }: Carekey): Promise<void> => {
  const page = await context.newPage()
  await page.goto('chrome://extensions')
  await page.evaluate(async (extension) => {
    const { developerPrivate } = Object(chrome)
    await developerPrivate.updateProfileConfiguration({ inDeveloperMode: true })
    await developerPrivate.reload(extension, { failQuietly: false })
  }, id)
  // It is available a moment later; until then its pages are blocked.
  await expect(async () => {
    await page.goto(`chrome-extension://${id}/extension/options/index.html`)
    expect(await page.evaluate(() => chrome.runtime.getManifest().version)).toBe(NEXT)
  }).toPass()
  await page.close()
}

test('E32 after an update in mid-session, which empties the session storage, the sealed grant continues the session', async ({
  updatable: { carekey, update },
  mock,
}) => {
  const popup = await carekey.popup()
  await configure(popup, mock)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await update()
  const after = await carekey.popup()
  await isSignedIn(after)
  expect(mock.requestsTo(ADDRESSES.authorize)).toHaveLength(1)
  expect(renewals(mock)).toEqual([mock.given.refresh[0]])
})

test('E32 after an update during a visit, which leaves nothing to continue with, the person is asked to sign in again', async ({
  updatable: { carekey, update },
  mock,
}) => {
  alter(mock, ADDRESSES.token, () => ({ refresh_token: undefined }))
  const popup = await carekey.popup()
  await configure(popup, mock)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await update()
  const after = await carekey.popup()
  await expect(after.getByRole('button', { name: `Sign in with ${mock.name}` })).toBeVisible()
  expect((await stored(after, 'session')).sessions ?? {}).toEqual({})
  expect(mock.requestsTo(ADDRESSES.token)).toHaveLength(1)
  await startSignIn(after, mock)
  await isSignedIn(after)
})
