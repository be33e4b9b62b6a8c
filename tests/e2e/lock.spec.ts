import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { inspect } from './inspect.ts'
import { chooseFromMenu } from './popup-frame.ts'
import { signIn } from './sign-in.ts'
import { storedText, tokensIn } from './stored.ts'

const pin = '493817'

const setPin = async (options: Page) => {
  const form = options.getByRole('form', { name: 'Set a lock' })
  await form.getByLabel('Passphrase or PIN').fill(pin)
  await form.getByLabel('Repeat').fill(pin)
  await form.getByRole('button', { name: 'Set lock' }).click()
  await expect(options.getByText('The lock is set.')).toBeVisible()
}

const unlock = async (page: Page, input = pin) => {
  await expect(page.getByLabel('Passphrase or PIN')).toBeFocused()
  await page.keyboard.type(input)
  await page.keyboard.press('Enter')
}

/** The names of the keys in IndexedDB. */
const keysIn = (page: Page): Promise<unknown> =>
  page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('carekey')
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const reading = opening.result.transaction('keys').objectStore('keys').getAllKeys()
          reading.onsuccess = () => {
            opening.result.close()
            resolve(reading.result)
          }
        }
      }),
  )

/** When the person signed in to each session of the stored text. */
const signInsOf = (text: string): unknown[] =>
  Object.values<{ signedInAt: number }>(JSON.parse(text).sessions).map(({ signedInAt }) => signedInAt)

const vitals = (page: Page) => page.getByRole('region', { name: 'Vital signs' })

test('a lock is offered below the record, until somebody answers', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await popup.evaluate(() => chrome.storage.local.remove('lockOffered'))
  const offer = popup.getByRole('region', { name: 'Does anyone else use this browser?' })
  await expect(offer).toHaveCount(0)
  await signIn(carekey, popup, riverside, 'john')
  await offer.scrollIntoViewIfNeeded()
  await inspect(popup, 'popup-lock-offer')
  await popup.reload()
  const opening = carekey.context.waitForEvent('page')
  await offer.getByRole('button', { name: 'Set a lock' }).click()
  await expect((await opening).getByRole('form', { name: 'Set a lock' })).toBeVisible()
  await expect(offer).toHaveCount(0)
  await popup.reload()
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await expect(vitals(popup)).toContainText(/mmHg/)
  await expect(offer).toHaveCount(0)
})

test('a locked Carekey contains nothing that opens a record, and works as before once the PIN is typed', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  await expect(vitals(popup)).toContainText(/\d+\/\d+ mmHg/)
  const options = await carekey.options('lock')
  await setPin(options)
  await expect(vitals(popup)).toContainText(/\d+\/\d+ mmHg/)
  // Setting the lock has renewed the previous token.
  const open = await storedText(popup, 'session')
  const [token = ''] = tokensIn(open)
  const signIns = signInsOf(open)
  expect(token.length).toBeGreaterThan(20)
  expect(signIns).toHaveLength(1)

  await chooseFromMenu(popup, 'Lock now')
  for (const page of [popup, options])
    await expect(page.getByRole('heading', { name: 'Carekey is locked' })).toBeVisible()
  await expect(popup.getByText(/John|mmHg|Riverside/)).toHaveCount(0)
  await expect(options.getByText(/John|Riverside/)).toHaveCount(0)
  await inspect(popup, 'popup-locked')
  await expect.poll(() => storedText(popup, 'session')).not.toContain('"unlocked":{')
  const session = await storedText(popup, 'session')
  const storage = session + (await storedText(popup, 'local'))
  expect(tokensIn(storage)).toEqual([])
  expect(storage).not.toContain(token)
  expect(session).not.toMatch(/john/i)
  expect(await keysIn(popup)).toEqual(['device'])
  const [connectionId = ''] = Object.keys(JSON.parse(await storedText(popup, 'local')).connections)
  const answer = await popup.evaluate(
    (input) => chrome.runtime.sendMessage({ name: 'search-patients', input }),
    { connectionId, query: {} },
  )
  expect(answer).toEqual({ ok: false, error: { code: 'locked' } })
  expect(await popup.evaluate(() => chrome.action.getTitle({}))).toBe('Carekey\nLocked')

  await carekey.killWorker()
  await popup.bringToFront()
  await unlock(popup, '000000')
  await expect(popup.getByRole('status')).toContainText('Tries left before you have to wait: 4')
  await unlock(popup)
  await expect(vitals(popup)).toContainText(/\d+\/\d+ mmHg/)
  const unlocked = await storedText(popup, 'session')
  // A token older than ten seconds is refreshed when a popup opens, to learn the grant's terms.
  expect(tokensIn(unlocked)).toHaveLength(1)
  expect(signInsOf(unlocked)).toEqual(signIns)
})

test('a restarted browser is locked, and the lock can be removed without losing anything', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john', '30 days')
  await expect(vitals(popup)).toContainText(/\d+\/\d+ mmHg/)
  const before = await carekey.options('lock')
  const passphrase = before.getByLabel('Passphrase or PIN', { exact: true })
  await passphrase.fill('correct horse battery staple lamp')
  await expect(before.getByText('A passphrase like this one also holds')).toBeVisible()
  await passphrase.fill('x'.repeat(65))
  await expect(before.getByText('Use at least 6 characters, and at most 64.')).toBeVisible()
  await setPin(before)
  await inspect(before, 'options-lock')
  await carekey.restart()
  const options = await carekey.options('lock')
  await unlock(options)
  await options.getByRole('button', { name: 'Remove the lock' }).click()
  const form = options.getByRole('form', { name: 'Remove the lock' })
  await form.getByLabel('Current passphrase or PIN').fill(pin)
  await form.getByRole('button', { name: 'Remove the lock' }).click()
  await expect(options.getByText('The lock was removed.')).toBeVisible()
  await carekey.restart()
  await expect(vitals(await carekey.popup())).toContainText(/\d+\/\d+ mmHg/)
})

test('a passkey locks and opens; one without PRF is refused with a sentence', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  await expect(vitals(popup)).toContainText(/\d+\/\d+ mmHg/)
  const options = await carekey.options('lock')
  const session = await carekey.context.newCDPSession(options)
  await session.send('WebAuthn.enable')
  const authenticator = {
    protocol: 'ctap2',
    ctap2Version: 'ctap2_1',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  } as const
  const add = (hasPrf: boolean) =>
    session.send('WebAuthn.addVirtualAuthenticator', { options: { ...authenticator, hasPrf } })
  const { authenticatorId: withoutPrf } = await add(false)
  await options.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(options.getByText(/The passkey was not created/)).toBeVisible()
  await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: withoutPrf })

  await add(true)
  await options.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(options.getByText('Locks with a passkey.')).toBeVisible()
  await options.getByRole('button', { name: 'Lock now' }).click()
  const opener = options.getByRole('button', { name: 'Unlock with your passkey' })
  await expect(opener).toBeFocused()
  // Neither a popup nor a side panel can show the browser's passkey dialog.
  for (const page of [popup, await carekey.side()]) {
    const tab = carekey.context.waitForEvent('page')
    await page.getByRole('button', { name: 'Unlock with your passkey' }).click()
    await (await tab).waitForURL('**/extension/options/index.html#lock')
    await (await tab).close()
  }
  await options.bringToFront()
  await opener.click()
  await expect(options.getByText('Locks with a passkey.')).toBeVisible()
  await expect(vitals(popup)).toContainText(/\d+\/\d+ mmHg/)
})

test('forgetting the PIN warns first, then deletes what it protects, and names nobody afterwards', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john', '30 days')
  await expect(vitals(popup)).toContainText(/\d+\/\d+ mmHg/)
  await setPin(await carekey.options('lock'))
  await chooseFromMenu(popup, 'Lock now')
  await popup.getByRole('button', { name: 'Forgot it?' }).click()
  const dialog = popup.getByRole('dialog')
  await expect(dialog).toContainText('All your connections are deleted here')
  await dialog.getByRole('button', { name: 'Delete and remove the lock' }).click()
  await expect(popup.getByRole('button', { name: 'Sign in with Riverside Clinic' })).toBeVisible()
  await expect(popup.getByText(/John/)).toHaveCount(0)
})
