import type { Page } from '@playwright/test'
import type { Carekey } from '../e2e/carekey.ts'
import { openOrganization } from '../e2e/popup-frame.ts'
import { ADDRESSES } from '../fakes/mock-provider.ts'
import { alter, expect, isSignedIn, isTold, startSignIn, stored, test } from './extension.ts'
import { openProfile } from './open-profile.ts'

const pin = '493817'

const send = async (page: Page, name: string, input?: object): Promise<unknown> => {
  const answer = await page.evaluate((message) => chrome.runtime.sendMessage(message), {
    name,
    ...(input && { input }),
  })
  expect(answer).toMatchObject({ ok: true })
  return answer.value
}

const setLock = (page: Page) => send(page, 'set-lock', { lock: { pin }, after: 15 })

test.use({ ownProfile: true })

/** Everything that can be opened with a copy of the profile's files. */
const read = ({ profile }: Carekey): string => openProfile(profile).join('\n')

test('F68 the files of a locked profile contain nothing that is still valid, and no readings', async ({
  popup,
  mock,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const [first = ''] = mock.given.refresh
  // Without a lock, the profile alone is enough to open the record. This also shows that the search finds what is there.
  await expect.poll(() => read(carekey)).toContain(first)

  expect(await setLock(popup)).toEqual({ ended: [], waiting: [] })
  await popup.reload()
  await isSignedIn(popup)
  await expect.poll(async () => Object.keys(Object((await stored(popup, 'local')).exposed))).toEqual([])
  await carekey.close()
  const contents = read(carekey)
  const [, second = ''] = mock.given.refresh
  expect(second).not.toBe('')
  // The previous refresh token is still on the disk, but the organization no longer accepts it.
  expect(contents).toContain(first)
  expect(contents).not.toContain(second)
  for (const token of mock.given.access) expect(contents).not.toContain(token)
  expect(contents).not.toContain('71.5')
})

test('F68 removing and setting a lock, signing out and removing a connection leave nothing valid on the disk', async ({
  popup,
  mock,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await setLock(popup)
  await send(popup, 'remove-lock', { pin })
  await setLock(popup)
  await popup.reload()
  await isSignedIn(popup)
  const current = mock.given.refresh.at(-1) ?? ''
  await openOrganization(popup, mock.name)
  await popup.getByRole('button', { name: 'Remove connection' }).click()
  await popup.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await isTold(popup, /is removed/)
  expect(mock.requestsTo(ADDRESSES.revoke).map(({ form }) => form.get('token'))).toContain(current)
  await carekey.close()
  const contents = read(carekey)
  expect(contents).not.toContain(current)
  expect(contents).not.toContain('71.5')
})

test('F68 setting a lock signs out where an organization issues no refresh token', async ({
  popup,
  mock,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const [first = ''] = mock.given.refresh
  alter(mock, ADDRESSES.token, () => ({ refresh_token: first }))
  const options = await carekey.options('lock')
  const form = options.getByRole('form', { name: 'Set a lock' })
  await expect(form).toContainText('If an organization does not renew yours, you are signed out')
  await form.getByLabel('Passphrase or PIN').fill(pin)
  await form.getByLabel('Repeat').fill(pin)
  await form.getByRole('button', { name: 'Set lock' }).click()
  await expect(options.getByText(`: ${mock.name} did not renew your connection`)).toBeVisible()
  expect(mock.requestsTo(ADDRESSES.revoke).map(({ form: sentForm }) => sentForm.get('token'))).toContain(
    first,
  )
  expect((await stored(options, 'local')).grants).toEqual({})
})
